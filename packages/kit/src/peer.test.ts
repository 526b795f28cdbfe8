import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { openPeer } from './peer.ts'

async function serve(
  answer: (asked: number) => number | undefined,
): Promise<{ origin: string; asked(): number }> {
  let asked = 0
  const server = createServer((_request, response) => {
    const status = answer(++asked)
    if (status !== undefined)
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"ok":true}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

const ask = { method: 'POST', path: '/', body: {}, budgetMs: 200 } as const

test('origins are asked in turn, and one that does not answer is left alone for a while', async () => {
  const well = await serve(() => 200)
  const frozen = await serve(() => undefined)
  const peer = openPeer({ origins: `${frozen.origin},${well.origin}`, internalKey: 'k' })
  const answers = []
  for (let i = 0; i < 8; i++) answers.push(await peer.ask(ask))
  assert.deepEqual(answers[0], { ok: false, why: 'deadline' })
  assert.ok(answers.slice(1).every((answer) => answer.ok))
  assert.equal(frozen.asked(), 1)
  await peer.close().catch(() => undefined)
})

test('each origin answers for itself when all are asked, and none is passed over', async () => {
  const [well, broken] = [await serve(() => 200), await serve(() => 500)]
  const origins = `${well.origin},http://127.0.0.1:1,${broken.origin}`
  const peer = openPeer({ origins, internalKey: 'k' })
  const wanted = [
    { ok: true, status: 200, body: { ok: true } },
    { ok: false, why: 'unavailable' },
    { ok: false, why: 'unavailable', overloaded: false },
  ]
  for (let times = 0; times < 2; times++) assert.deepEqual(await peer.askEach(ask), wanted)
  await peer.close()
})

test('beyond what may be under way nobody is asked, and the answer comes at once', async () => {
  const server = await serve((asked) => (asked <= 2 ? undefined : 200))
  const peer = openPeer({ origins: server.origin, internalKey: 'k', asksMax: 2 })
  const hung = [peer.ask(ask), peer.ask(ask)]
  assert.deepEqual(await peer.ask(ask), { ok: false, why: 'unavailable', overloaded: true })
  await Promise.all(hung)
  assert.equal(server.asked(), 2)
  assert.equal((await peer.ask(ask)).ok, true, 'those that have ended make room')
  await peer.close()
})

test('an only origin is asked again however often it failed', async () => {
  const late = await serve((asked) => (asked === 1 ? undefined : 200))
  const peer = openPeer({ origins: late.origin, internalKey: 'k' })
  assert.deepEqual(await peer.ask(ask), { ok: false, why: 'deadline' })
  assert.deepEqual(await peer.ask(ask), { ok: true, status: 200, body: { ok: true } })
  await peer.close()
})

test('a server error is no answer, a client error is one', async () => {
  const broken = await serve((asked) => (asked === 1 ? 500 : 404))
  const peer = openPeer({ origins: broken.origin, internalKey: 'k' })
  assert.deepEqual(await peer.ask(ask), { ok: false, why: 'unavailable', overloaded: false })
  assert.deepEqual(await peer.ask(ask), { ok: true, status: 404, body: { ok: true } })
  await peer.close()
})

test('that a request came too slowly is between the two of us, and no answer', async () => {
  const slow = await serve((asked) => (asked === 1 ? 408 : 200))
  const peer = openPeer({ origins: slow.origin, internalKey: 'k' })
  assert.deepEqual(await peer.ask(ask), { ok: false, why: 'unavailable', overloaded: false })
  assert.deepEqual(await peer.ask(ask), { ok: true, status: 200, body: { ok: true } })
  await peer.close()
})

test('nobody there: unavailable, at once', async () => {
  const peer = openPeer({ origins: 'http://127.0.0.1:1', internalKey: 'k' })
  assert.deepEqual(await peer.ask({ ...ask, budgetMs: 5_000 }), { ok: false, why: 'unavailable' })
  await peer.close()
})
