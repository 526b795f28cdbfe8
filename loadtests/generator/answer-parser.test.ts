import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerSyntaxError } from './answer-head.ts'
import { type Answer, AnswerParser } from './answer-parser.ts'

const STREAM = [
  'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":"b"}',
  'HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
  'HTTP/1.1 409 Conflict\r\ntransfer-encoding: chunked\r\nContent-Length: 3\r\n\r\n',
  '5\r\nhello\r\n6;name=x\r\n, you!\r\n0\r\ntrailer: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  'HTTP/1.1 503 Service Unavailable\r\ncontent-length:   2\r\nConnection: close\r\n\r\nno',
].join('')
const EXPECTED = [
  { status: 201, body: '{"a":"b"}', last: false },
  { status: 204, body: '', last: false },
  { status: 409, body: 'hello, you!', last: false },
  { status: 200, body: '', last: false },
  { status: 503, body: 'no', last: true },
]

test('answers are the same wherever the stream is cut in two', () => {
  const bytes = Buffer.from(STREAM, 'latin1')
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(readAll([bytes.subarray(0, cut), bytes.subarray(cut)]), EXPECTED, `cut at byte ${cut}`)
  }
})

test('answers are the same in pieces of any one size', () => {
  const bytes = Buffer.from(STREAM, 'latin1')
  for (let size = 1; size < 80; size++) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    assert.deepEqual(readAll(pieces), EXPECTED, `pieces of ${size} bytes`)
  }
})

test('a body without a length runs to the end of the connection', () => {
  const answers: Answer[] = []
  const parser = new AnswerParser((answer) => answers.push(answer))
  parser.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\nall '))
  parser.push(Buffer.from('of it'))
  assert.equal(answers.length, 0)
  parser.end()
  assert.deepEqual(plain(answers), [{ status: 200, body: 'all of it', last: true }])
})

test('a connection that ends in the middle of an answer gives no answer', () => {
  const answers: Answer[] = []
  const parser = new AnswerParser((answer) => answers.push(answer))
  parser.push(Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhal'))
  parser.end()
  assert.equal(answers.length, 0)
})

for (const bad of [
  'HTTP/1.0 200 OK\r\n\r\n',
  'SMTP 220 hello there\r\n\r\n',
  'HTTP/1.1 abc\r\n\r\n',
  'HTTP/1.1\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
]) {
  test(`what is not HTTP/1.1 is an error: ${JSON.stringify(bad)}`, () => {
    assert.throws(() => readAll([Buffer.from(bad)]), AnswerSyntaxError)
  })
}

test('a head without an end is an error, not a leak', () => {
  const parser = new AnswerParser(() => undefined)
  parser.push(Buffer.from('HTTP/1.1 200 OK\r\n'))
  assert.throws(() => {
    for (let i = 0; i < 100; i++) parser.push(Buffer.alloc(1024, 'x'))
  }, AnswerSyntaxError)
})

function readAll(chunks: readonly Buffer[]): object[] {
  const answers: Answer[] = []
  const parser = new AnswerParser((answer) => answers.push(answer))
  for (const chunk of chunks) parser.push(chunk)
  return plain(answers)
}

function plain(answers: readonly Answer[]): object[] {
  return answers.map(({ status, body, last }) => ({ status, body: body.toString('latin1'), last }))
}
