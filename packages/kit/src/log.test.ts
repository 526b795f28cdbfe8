import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Line, openHeardLog } from '../testing/heard-log.ts'

test('a line is JSON that says when, how grave, whose and what', () => {
  const { log, lines } = openHeardLog()
  log.warn({ saleId: 's' }, 'gate in doubt')
  const [{ time, ...line } = {}] = lines()
  assert.deepEqual(line, { level: 'warn', service: 'test', saleId: 's', msg: 'gate in doubt' })
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('secrets and personal data are taken out by name, however it is written and however deep', () => {
  const { log, texts, lines } = openHeardLog()
  const hidden = 'must-not-be-seen'
  const names = ['authorization', 'Authorization', 'cookie', 'set-cookie', 'password', 'email', 'phone']
  for (const name of [...names, 'accessToken', 'refresh_token', 'x-trace-key', 'secret']) {
    const holder = { [name]: hidden, kept: 1 }
    log.info({ ...holder, request: { headers: holder, list: [holder] } }, 'asked')
    const { kept, request } = lines().at(-1) as { kept: number; request: { list: Line[] } }
    assert.deepEqual([kept, request.list[0]?.['kept']], [1, 1], name)
  }
  log.info({ a: { b: { c: { d: { e: { f: hidden } } } } } }, 'too deep to be looked at')
  assert.ok(texts.every((text) => !text.includes(hidden)))
})

test('what is logged is not changed by it', () => {
  const { log } = openHeardLog()
  const fields = { headers: { cookie: 'c' } }
  log.info(fields, 'asked')
  assert.deepEqual(fields, { headers: { cookie: 'c' } })
})

test('an idempotency key is told by a print that is the same for the same key', () => {
  const { log, texts, lines } = openHeardLog()
  log.info({ idempotencyKey: 'key-1', headers: { 'idempotency-key': 'key-1' } }, 'asked')
  log.info({ idempotencyKey: 'key-2' }, 'asked')
  const [first, second] = lines() as { idempotencyKey: string; headers: Line }[]
  assert.match(first?.idempotencyKey ?? '', /^[0-9a-f]{16}$/)
  assert.equal(first?.headers['idempotency-key'], first?.idempotencyKey)
  assert.notEqual(second?.idempotencyKey, first?.idempotencyKey)
  assert.ok(texts.every((text) => !text.includes('key-1')))
})

test('no text ends a line, moves the cursor or turns around what follows', () => {
  const { log, texts, lines } = openHeardLog()
  const [esc, csi, del] = ['\u001b', '\u009b', '\u007f']
  const nasty = `a\n{"level":"error"}\r${esc}[2J${csi}31m${del}\u0085\u2028\u2029\u202e\u2066\u200fz"\\`
  log.info({ name: nasty, [`field ${nasty}`]: 1, err: new Error(nasty) }, 'heard')
  const [text = ''] = texts
  assert.equal(texts.length, 1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(text.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u200f\u2028-\u202e\u2066]/)
  assert.equal(text.at(-1), '\n')
  assert.equal(lines()[0]?.['name'], nasty)
})

test('an error is told without the rows a driver hangs on it, under whatever name', () => {
  const { log, texts, lines } = openHeardLog()
  const row = { detail: 'Key (email)=(a@b.c) exists', meta: { row: 'a@b.c' } }
  const error = Object.assign(new Error('duplicate key'), {
    code: '23505',
    constraint: 'users_email',
    ...row,
  })
  log.error({ err: error, first: { reason: error } }, 'not written')
  log.error(error)
  const told = lines()[0] as { err: Line; first: { reason: Line } }
  assert.deepEqual(
    [told.err['type'], told.err['message'], told.err['code'], told.err['constraint']],
    ['Error', 'duplicate key', '23505', 'users_email'],
  )
  assert.match(String(told.err['stack']), /log\.test\.ts/)
  assert.equal(told.first.reason['message'], 'duplicate key')
  assert.ok(texts.every((text) => !text.includes('a@b.c')))
})
