import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { buy, call, rawPurchase, statuses, talk } from './client.ts'
import { printsOf } from './prints.ts'
import { openWorld, placed, until, type World } from './stand-ins.ts'

let world: World
let saleId: string
/** What the inventory knows of the sale. */
let shelf: { epoch: number; seq: number; left: number; keys: string[]; known: boolean; away: boolean }

before(async () => {
  world = await openWorld()
})
after(() => world.close())
beforeEach(() => {
  saleId = newId()
  shelf = { epoch: 1, seq: 3, left: 0, keys: ['winner'], known: true, away: false }
  for (const each of [world.order, world.inventory]) each.heard.length = 0
  world.order.say = ({ body }) =>
    body.claims && { body: { results: body.claims.map(() => ({ refused: 'sold-out' })) } }
  world.inventory.say = ({ path }) => {
    if (path === '/health/live') return undefined
    if (shelf.away) return 'hang'
    const { keys, known, away: _, ...rest } = shelf
    if (path === '/internal/shelves') return { body: { shelves: known ? [{ saleId, ...rest }] : [] } }
    return { body: { saleId, ...rest, prints: printsOf(keys) } }
  }
})

const attempts = () =>
  world.order.heard.flatMap(({ body }) => body.claims.map(({ saleId: each }: { saleId: string }) => each))
const looks = () => world.inventory.heard.filter(({ path }) => path === `/internal/sales/${saleId}/winners`)

/** An attempt that shows no token: only the flag can say of it that the sale is sold out. */
const tryBlind = (key: string = newId()) => buy(world, saleId, { key, token: '' })

async function sellOut(): Promise<void> {
  assert.equal((await buy(world, saleId)).status, 409)
  await until(async () => (await tryBlind()).status === 409)
}

test('after the first too late the sale is refused before token, body and order service', async () => {
  await sellOut()
  const before = attempts().length
  const headers = { 'idempotency-key': 'k', 'content-type': 'text/plain' }
  const told = await call(world, `/api/sales/${saleId}/orders`, { method: 'POST', headers, body: 'not JSON' })
  assert.equal(told.status, 409)
  const { traceId, ...rest } = told.body
  assert.match(traceId, /^[0-9a-f]{32}$/)
  assert.equal(traceId, told.headers.get('x-trace-id'))
  assert.deepEqual(rest, {
    type: 'urn:stampede:problem:sold_out',
    title: 'Sold out',
    status: 409,
    code: 'sold_out',
  })
  assert.equal(told.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  assert.equal(attempts().length, before)
})

test('a rush of the too late asks for the winners once', async () => {
  await Promise.all(Array.from({ length: 50 }, () => buy(world, saleId)))
  await until(async () => (await tryBlind()).status === 409)
  assert.equal(looks().length, 1)
})

test('a winner who repeats his key still gets his order; a missing, double or malformed key goes the usual way', async () => {
  await sellOut()
  world.order.say = ({ body }) => body.claims && { body: { results: body.claims.map(placed) } }
  assert.equal((await buy(world, saleId, { key: 'winner' })).status, 201)
  assert.equal((await tryBlind('winner')).status, 401)
  assert.equal((await call(world, `/api/sales/${saleId}/orders`, { method: 'POST', body: {} })).status, 401)
  assert.equal((await tryBlind('two words')).status, 401)
  const twice = rawPurchase(saleId, ['Idempotency-Key: a', 'idempotency-key: b'])
  assert.deepEqual(statuses(await talk(world, twice, (heard) => heard.endsWith('}'))), [401])
  assert.equal((await tryBlind()).status, 409, 'and the flag still stands')
})

test('the flag of one sale does not touch another', async () => {
  await sellOut()
  assert.equal((await buy(world, newId(), { token: '' })).status, 401)
})

test('the trace is ours and the same in header and body, whatever the caller says', async () => {
  await sellOut()
  const traceparent = '00-fbf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const headers = { 'idempotency-key': 'k', traceparent }
  const told = await call(world, `/api/sales/${saleId}/orders`, { method: 'POST', headers, body: {} })
  assert.match(told.headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/)
  assert.notEqual(told.headers.get('x-trace-id'), 'fbf92f3577b34da6a3ce929d0e0e4736')
  assert.equal(told.body.traceId, told.headers.get('x-trace-id'))
})

test('units that come back clear the flag within half a second', async () => {
  await sellOut()
  const since = performance.now()
  shelf.left = 1
  await until(async () => (await tryBlind()).status === 401)
  assert.ok(performance.now() - since < 500, `took ${performance.now() - since} ms`)
})

test('when others won meanwhile, they are let through within half a second', async () => {
  await sellOut()
  assert.equal((await tryBlind('late-winner')).status, 409)
  const since = performance.now()
  Object.assign(shelf, { seq: 5, keys: ['winner', 'late-winner'] })
  await until(async () => (await tryBlind('late-winner')).status === 401)
  assert.ok(performance.now() - since < 500)
  await until(async () => (await tryBlind()).status === 409)
  assert.equal((await tryBlind('late-winner')).status, 401)
})

test('a sale the inventory no longer knows is not refused', async () => {
  await sellOut()
  shelf.known = false
  await until(async () => (await tryBlind()).status === 401)
})

test('when the inventory does not answer for a second, attempts meet the real answer', async () => {
  await sellOut()
  shelf.away = true
  const since = performance.now()
  await until(async () => (await tryBlind()).status === 401)
  assert.ok(performance.now() - since < 1_300, `took ${performance.now() - since} ms`)
})

test('a flag is not raised while units are left, however small the attempt that failed', async () => {
  shelf.left = 1
  await buy(world, saleId, { body: { quantity: 2 } })
  await until(() => looks().length === 1)
  assert.equal((await tryBlind()).status, 401)
})

test('a refused attempt leaves its body unread and its connection open', async () => {
  await sellOut()
  const request = rawPurchase(saleId, ['Idempotency-Key: k'], `{"quantity":${'1'.repeat(9_000)}}`)
  const one = await talk(
    world,
    request + request + request,
    (heard) => statuses(heard).length === 3 && heard.endsWith('}'),
  )
  assert.deepEqual(statuses(one), [409, 409, 409])
  assert.doesNotMatch(one, /connection: close/i)
  const slow = talk(world, request.slice(0, -5_000), (heard) => statuses(heard).length === 1)
  assert.deepEqual(statuses(await slow), [409], 'answered before the body is here')
})

test('pipelined attempts are answered in order, the usual ones among them', async () => {
  await sellOut()
  const [mine, other] = [
    rawPurchase(saleId, ['Idempotency-Key: k']),
    rawPurchase(newId(), ['Idempotency-Key: k']),
  ]
  const heard = await talk(
    world,
    mine + other + mine,
    (text) => statuses(text).length === 3 && text.endsWith('}'),
  )
  assert.deepEqual(statuses(heard), [409, 401, 409])
})

test('a body of unknown or too great length is not left unread', async () => {
  await sellOut()
  const chunked = rawPurchase(
    saleId,
    ['Idempotency-Key: k', 'Transfer-Encoding: chunked'],
    '1\r\n{\r\n0\r\n\r\n',
  )
  assert.deepEqual(statuses(await talk(world, chunked, (heard) => heard.endsWith('}'))), [401])
  const great = rawPurchase(saleId, ['Idempotency-Key: k'], 'x'.repeat(20_000))
  assert.deepEqual(statuses(await talk(world, great, (heard) => heard.endsWith('}'))), [401])
})
