import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { call } from './client.ts'
import { openWorld, until, type World } from './stand-ins.ts'

const PATH = '/api/webhooks/payments'
const SIGNED = {
  'webhook-id': 'evt_1',
  'webhook-timestamp': '1764266400',
  'webhook-signature': 'v1,AAA= v1,B',
}
const RECEIPT = { received: true, duplicate: false }

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())
beforeEach(() => {
  world.payment.heard.length = 0
  world.payment.say = () => ({ body: RECEIPT })
})

/** Bytes as they are, by no client that would tidy them up. */
async function send(body: Uint8Array | string | null, headers: Record<string, string> = {}) {
  const given = { 'content-type': 'application/json', ...SIGNED, ...headers }
  const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
  const sent = typeof body === 'string' ? Buffer.from(body) : body
  const init = { method: 'POST', headers: kept, body: sent && new Uint8Array(sent) }
  const answer = await fetch(world.gateway.url + PATH, init)
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  return { status: answer.status, body: (await answer.json()) as any }
}

test('the bytes reach the payment service as they came, with their signature and without a token', async () => {
  for (const text of ['{"a" : 1.0,\n"b":"ä😀\\u0000"}', '\ufeff{}', 'no JSON', '{"a":1}{"b":2}', ' ', '\0']) {
    const { status, body } = await send(text)
    assert.deepEqual([status, body], [200, RECEIPT])
    const [heard] = world.payment.heard.splice(0)
    assert.deepEqual([heard?.method, heard?.path], ['POST', '/internal/webhooks'])
    assert.deepEqual(heard?.body, {
      payload: text,
      headers: { id: 'evt_1', timestamp: '1764266400', signature: 'v1,AAA= v1,B' },
    })
  }
})

test('16 KiB that need most room in JSON pass, one byte more does not', async () => {
  const large = '\u0001'.repeat(16 * 1024)
  assert.equal((await send(large)).status, 200)
  assert.equal(world.payment.heard[0]?.body.payload, large)
  const { status, body } = await send(`${large}x`)
  assert.deepEqual([status, body.code], [413, 'body_too_large'])
})

test('missing or odd headers are named, and nobody is asked', async () => {
  for (const name of Object.keys(SIGNED)) {
    for (const value of ['', 'x'.repeat(1025), 'ä']) {
      const { status, body } = await send('{}', { [name]: value })
      assert.deepEqual([status, body.code], [400, 'invalid_request'])
      assert.deepEqual(
        body.errors.map(({ path }: { path: string }) => path),
        [`header/${name}`],
      )
    }
  }
  const none = Object.fromEntries(Object.keys(SIGNED).map((name) => [name, '']))
  assert.equal((await send('{}', none)).body.errors.length, 3)
  assert.equal(world.payment.heard.length, 0)
})

test('what is no UTF-8, or nothing at all, is refused', async () => {
  const odd = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x7b, 0xe2, 0x82], []]
  for (const bytes of odd) {
    const { status, body } = await send(Uint8Array.from(bytes))
    assert.deepEqual([status, body.code], [400, 'invalid_request'], String(bytes))
  }
  assert.equal((await send(null)).body.code, 'invalid_request')
  assert.equal(world.payment.heard.length, 0)
})

test('other types than JSON are refused', async () => {
  for (const type of ['text/plain', 'application/jsonp', 'application/x-www-form-urlencoded', '*/*']) {
    const { status, body } = await send('{}', { 'content-type': type })
    assert.deepEqual([status, body.code], [415, 'unsupported_media_type'], type)
  }
  assert.equal((await send('{}', { 'content-type': 'application/json; charset=utf-8' })).status, 200)
})

test('a forged, stale or unknown one is answered as the payment service says', async () => {
  for (const [status, code] of [
    [401, 'signature_invalid'],
    [401, 'signature_expired'],
    [404, 'not_found'],
    [400, 'invalid_request'],
  ] as const) {
    world.payment.say = () => ({ status, body: { code, traceId: 'theirs', stack: 'at x' } })
    const heard = await send('{}')
    assert.deepEqual([heard.status, heard.body.code], [status, code])
    assert.equal('stack' in heard.body, false)
  }
  world.payment.say = () => ({ status: 500, body: { code: 'internal' } })
  assert.equal((await send('{}')).body.code, 'unavailable')
})

test('other routes still read JSON, and refuse what is none', async () => {
  const body = { email: 'a@b.example', password: 'p' }
  await call(world, '/api/sessions', { method: 'POST', body })
  assert.deepEqual(world.user.heard.at(-1)?.body, body)
  const told = await call(world, '/api/sessions', { method: 'POST', body: '{' })
  assert.deepEqual([told.status, told.body.code], [400, 'invalid_request'])
})

test('more than 64 at once are turned away, and buyers are not held up by them', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  world.payment.say = () => held.then(() => ({ body: RECEIPT }))
  const refused: unknown[] = []
  const sent = Array.from({ length: 80 }, async () => {
    const { status, body } = await send('{}')
    if (status !== 200) refused.push([status, body.code])
    return status
  })
  await until(() => refused.length === 16)
  assert.deepEqual(new Set(refused.map(String)), new Set(['503,overloaded']))
  assert.equal((await call(world, '/api/me', { token: world.key.token(newId()) })).status, 404)
  release()
  assert.equal((await Promise.all(sent)).filter((status) => status === 200).length, 64)
})

test('the gateway is ready without the payment service', async () => {
  const apart = await openWorld({ PAYMENT_URL: 'http://127.0.0.1:9' })
  const told = await fetch(apart.gateway.url + PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...SIGNED },
    body: '{}',
  })
  assert.equal(told.status, 503)
  assert.equal((await fetch(`${apart.gateway.url}/health/ready`)).status, 200)
  await apart.close()
})
