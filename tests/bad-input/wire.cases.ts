import type { ProblemCode } from '@stampede/contracts/problems'
import type { Utterance } from './talk.ts'

/** Bytes that are no sound HTTP, or more of it than they seem. */
export interface WireCase {
  readonly title: string
  readonly script: readonly Utterance[]
  /**
   * What each answer must be, in order; after a problem the
   * server may hang up. None: it hangs up without a word.
   */
  readonly answers: readonly (ProblemCode | 200)[]
}

const HOST = 'host: 127.0.0.1'
const READ = 'GET /health/live HTTP/1.1'
const POST = 'POST /api/sessions HTTP/1.1'
const TYPE = 'content-type: application/json'
const NESTED = `POST /api/operator/buyers HTTP/1.1\r\n${HOST}\r\ncontent-length: 0\r\n\r\n`

const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`
const bad = (title: string, ...all: string[]): WireCase => ({
  title,
  script: [lines(...all)],
  answers: ['invalid_request'],
})

export const WIRE_CASES: readonly WireCase[] = [
  {
    title: 'nothing but noise',
    script: ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n'],
    answers: ['invalid_request'],
  },
  { title: 'NUL bytes', script: ['\0'.repeat(100)], answers: ['invalid_request'] },
  { title: 'HTTP/0.9', script: ['GET /\r\n\r\n'], answers: ['invalid_request'] },
  { title: 'HTTP/2 by surprise', script: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], answers: ['invalid_request'] },
  bad('HTTP/3.0', 'GET /health/live HTTP/3.0', HOST),
  bad('a method nobody knows', 'BREW /health/live HTTP/1.1', HOST),
  bad('a method in small letters', 'get /health/live HTTP/1.1', HOST),
  bad('a space in the path', 'GET /health /live HTTP/1.1', HOST),
  bad('no path', 'GET HTTP/1.1', HOST),
  bad('no host', READ),
  bad('an expectation nobody can meet', READ, HOST, 'expect: the best'),
  bad('a colon missing', READ, HOST, 'no colon here'),
  bad('a space before the colon', READ, HOST, 'x-a : 1'),
  bad('a name with a space', READ, HOST, 'x a: 1'),
  bad('a name with a high byte', READ, HOST, 'x-\u00e4: 1'),
  bad('no name', READ, HOST, ': 1'),
  bad('NUL in a value', READ, HOST, 'x-a: 1\u00002'),
  bad('a bell in a value', READ, HOST, 'x-a: 1\u00072'),
  bad('a folded line', READ, HOST, 'x-a: 1\r\n 2'),
  bad('a lone CR in a value', READ, HOST, 'x-a: 1\r2'),
  { title: 'lines that end in LF alone', script: [`${READ}\n${HOST}\n\n`], answers: ['invalid_request'] },
  {
    title: 'one line that ends in LF alone',
    script: [`${READ}\r\n${HOST}\nx-a: 1\r\n\r\n`],
    answers: ['invalid_request'],
  },

  bad(
    'length and chunks, a request inside',
    POST,
    HOST,
    TYPE,
    'content-length: 4',
    'transfer-encoding: chunked',
    '',
    `0\r\n\r\n${NESTED}`,
  ),
  bad(
    'chunks and length, a request inside',
    POST,
    HOST,
    TYPE,
    'transfer-encoding: chunked',
    'content-length: 6',
    '',
    `0\r\n\r\n${NESTED}`,
  ),
  bad('two lengths', POST, HOST, TYPE, 'content-length: 2', 'content-length: 3', '', '{}'),
  bad('the same length twice', POST, HOST, TYPE, 'content-length: 2', 'content-length: 2', '', '{}'),
  ...['-1', '+2', '0x2', '2,2', '2 2', '2.0', '1e1', '', 'two', '９', '99999999999999999999999'].map(
    (length) =>
      bad(
        `content-length ${length}`,
        POST,
        HOST,
        TYPE,
        `content-length: ${Buffer.from(length).toString('latin1')}`,
        '',
        '{}',
      ),
  ),
  ...[
    'identity',
    'xchunked',
    'chunked, identity',
    'chunked, chunked',
    'gzip',
    ' ,chunked,x',
    'chunked;q=1',
  ].map((coding) =>
    bad(`transfer-encoding ${coding}`, POST, HOST, TYPE, `transfer-encoding: ${coding}`, '', '0'),
  ),
  bad(
    'transfer-encoding twice',
    POST,
    HOST,
    TYPE,
    'transfer-encoding: chunked',
    'transfer-encoding: identity',
    '',
    '0',
  ),
  ...[
    'zz\r\n{}',
    '-2\r\n{}',
    '0x2\r\n{}',
    ' 2\r\n{}',
    '2\n{}',
    '2\r\n{}x',
    'fffffffffffffffff\r\n{}',
    '\r\n',
  ].map((chunk) =>
    bad(
      `a chunk of ${JSON.stringify(chunk)}`,
      POST,
      HOST,
      TYPE,
      'transfer-encoding: chunked',
      '',
      `${chunk}\r\n0`,
    ),
  ),

  {
    title: 'a body in chunks, over 16 KiB',
    script: [
      lines(POST, HOST, TYPE, 'transfer-encoding: chunked'),
      `4400\r\n${'x'.repeat(0x4400)}\r\n`.repeat(2),
      '0\r\n\r\n',
    ],
    answers: ['body_too_large'],
  },
  {
    title: 'a body that would be a gigabyte',
    script: [lines(POST, HOST, TYPE, 'content-length: 1073741824'), 'x'.repeat(1000)],
    answers: ['body_too_large'],
  },
  {
    title: 'headers of 20 KiB',
    script: [lines(READ, HOST, `x-a: ${'x'.repeat(20_000)}`)],
    answers: ['headers_too_large'],
  },
  {
    title: '3,000 headers',
    script: [lines(READ, HOST, ...Array(3000).fill('x-a: 1'))],
    answers: ['headers_too_large'],
  },
  {
    title: 'a path of 20 KiB',
    script: [lines(`GET /${'x'.repeat(20_000)} HTTP/1.1`, HOST)],
    answers: ['headers_too_large'],
  },
  {
    title: 'a path of 10 KiB',
    script: [lines(`GET /api/${'x'.repeat(10_000)} HTTP/1.1`, HOST)],
    answers: ['not_found'],
  },
  {
    title: 'somebody else’s URL',
    script: [lines('GET http://elsewhere/api/me HTTP/1.1', HOST)],
    answers: ['unauthenticated'],
  },
  { title: 'a tunnel', script: [lines('CONNECT 127.0.0.1:22 HTTP/1.1', HOST)], answers: [] },
  { title: 'a trace', script: [lines('TRACE /health/live HTTP/1.1', HOST)], answers: ['not_found'] },

  {
    title: 'a good request and a bad one behind it',
    script: [lines(READ, HOST) + lines('NONSENSE', HOST)],
    answers: [200, 'invalid_request'],
  },
  { title: 'two good ones at once', script: [lines(READ, HOST) + lines(READ, HOST)], answers: [200, 200] },
  {
    title: 'an upgrade to nothing',
    script: [lines(READ, HOST, 'connection: upgrade', 'upgrade: websocket')],
    answers: [200],
  },
  {
    title: 'a byte at a time',
    script: [...lines(READ, HOST)].flatMap((byte) => [byte, { pauseMs: 2 }]),
    answers: [200],
  },
  {
    title: 'our side ends after the request',
    script: [lines(READ, HOST), 'end of our side'],
    answers: [200],
  },
  {
    title: 'our side ends within the body',
    script: [lines(POST, HOST, TYPE, 'content-length: 20'), '{"email"', 'end of our side'],
    answers: ['invalid_request'],
  },
  {
    title: 'our side ends within the headers',
    script: [`${READ}\r\n${HOST}`, 'end of our side'],
    answers: ['invalid_request'],
  },
  { title: 'headers that never end', script: [`${READ}\r\n${HOST}\r\nx-a: `], answers: ['request_timeout'] },
  {
    title: 'a body that never ends',
    script: [lines(POST, HOST, TYPE, 'content-length: 20'), '{"email"'],
    answers: ['request_timeout'],
  },
  {
    title: 'a body that comes too slowly',
    script: [
      lines(POST, HOST, TYPE, 'content-length: 20'),
      ...Array.from({ length: 20 }, () => ['{', { pauseMs: 500 }]).flat(),
    ],
    answers: ['request_timeout'],
  },
]
