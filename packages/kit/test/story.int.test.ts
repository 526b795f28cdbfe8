import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { snapshot } from '../src/metrics/instruments.ts'
import { openServer } from '../src/server.ts'
import { findLetters } from '../src/story/letters.ts'
import { findNews } from '../src/story/news.ts'
import { routeStory } from '../src/story/route.ts'
import { until } from '../testing/until.ts'
import { type House, openHouse } from './events-house.ts'

const NOW = Date.parse('2026-11-27T18:00:00.000Z')
const at = (ms: number) => new Date(NOW + ms).toISOString()

let house: House
before(async () => {
  house = await openHouse(`kit_story_${randomBytes(4).toString('hex')}`)
  await house.create()
})
beforeEach(() => house.pool.query('truncate outbox, dead_letter restart identity'))
after(() => house.destroy())

/** Rows a millisecond apart, each of other orders. */
const fill = (fromMs: number, count: number, topic = 'order.paid') =>
  house.pool.query(
    `insert into outbox (topic, events, count, created_at, sent_at)
     select $1, 'others', 1, at, at + interval '5 ms' from (
       select $2::timestamptz + i * interval '1 ms' as at from generate_series(0, $3::int - 1) as i) as row`,
    [topic, at(fromMs), count],
  )
const put = (
  topic: string,
  orderIds: readonly string[],
  { ms, sent = true }: { ms: number; sent?: boolean },
) =>
  house.pool.query(
    `insert into outbox (topic, events, count, created_at, sent_at)
     values ($1, $2, $3, $4, case when $5 then $4::timestamptz + interval '52 ms' end)`,
    [topic, orderIds.map((id) => `${id}\t{"subject":"${id}"}`).join('\n'), orderIds.length, at(ms), sent],
  )

test('the one row among 60,000 that told of an order is found, wherever it stands and though others were deleted', async () => {
  const orderIds = [newId(), newId(), newId()]
  const places = [0, 30_000, 60_000]
  for (const [i, ms] of places.entries()) {
    await put('order.paid', [newId(), orderIds[i] as string], { ms })
    if (i < 2) await fill(ms, 30_000)
  }
  // Gaps of all sizes in the numbers.
  await house.pool.query(`delete from outbox where id % 7 = 0 and events = 'others'`)
  await house.pool.query(`delete from outbox where id between 5000 and 20000 and events = 'others'`)
  for (const [i, ms] of places.entries()) {
    const found = await findNews(house.pool, orderIds[i] as string, [{ topic: 'order.paid', at: at(ms) }])
    assert.deepEqual(found, [{ what: 'send order.paid', at: at(ms), until: at(ms + 52) }])
  }
})

test('each news is found by its own time and topic, and what still waits has no end', async () => {
  const orderId = newId()
  // Others were told of in the same instant.
  await put('order.refunded', [newId()], { ms: 900, sent: false })
  await put('payment.requested', [orderId], { ms: 0 })
  await put('payment.requested', [orderId], { ms: 400 })
  await put('order.refunded', [orderId], { ms: 900 })
  await put('refund.requested', [orderId], { ms: 900, sent: false })
  const found = await findNews(house.pool, orderId, [
    { topic: 'payment.requested', at: at(400) },
    { topic: 'order.refunded', at: at(900) },
    { topic: 'refund.requested', at: at(900) },
  ])
  assert.deepEqual(found, [
    { what: 'send payment.requested', at: at(400), until: at(452) },
    { what: 'send order.refunded', at: at(900), until: at(952) },
    { what: 'send refund.requested', at: at(900), open: true },
  ])
})

test('news of about a time are the first after it, within the bound', async () => {
  const orderId = newId()
  await put('order.placed', [orderId], { ms: 700 })
  const find = (ms: number) =>
    findNews(house.pool, orderId, [{ topic: 'order.placed', at: at(ms), withinMs: 1_000 }])
  assert.equal((await find(0)).length, 1)
  assert.deepEqual(await find(-400), [])
  assert.deepEqual(await find(701), [])
})

test('of news that nobody told, or that are long gone, nothing is found', async () => {
  const wish = [{ topic: 'order.paid', at: at(0) }] as const
  assert.deepEqual(await findNews(house.pool, newId(), wish), [])
  await fill(50_000, 10)
  await put('order.paid', [newId()], { ms: 0 })
  assert.deepEqual(await findNews(house.pool, newId(), wish), [])
  assert.deepEqual(await findNews(house.pool, newId(), []), [])
})

test('the dead letters of an order are failed steps, with when they were replayed', async () => {
  const orderId = newId()
  const bury = (consumer: string, key: string, replayedAt?: string) =>
    house.pool.query(
      `insert into dead_letter
         (consumer, topic, partition, kafka_offset, sent_at, key, error, at, replayed_at)
       values ($1, 'order.paid', 0, (select count(*) from dead_letter), now(), $2, 'e', $3, $4)`,
      [consumer, key, at(0), replayedAt],
    )
  await bury('inventory', orderId)
  await bury('functions', orderId, at(9_000))
  await bury('inventory', newId())
  await bury('a stranger', orderId)
  const failed = { at: at(0), failed: true }
  assert.deepEqual(await findLetters(house.pool, orderId), [
    { what: 'process order.paid by inventory', ...failed },
    { what: 'process order.paid by functions', ...failed, replayedAt: at(9_000) },
  ])
})

test('a story is told to its owner and to who names nobody', async (t) => {
  const server = openServer({ service: 'order', log: house.log, checks: () => ({}) })
  t.after(() => server.close())
  const [orderId, owner] = [newId(), newId()]
  routeStory(server, async (asked) => (asked === orderId ? { userId: owner, steps: [] } : undefined))
  const ask = async (path: string) => (await server.inject(`/internal/orders/${path}`)).statusCode
  const path = `${orderId}/story`
  assert.deepEqual([await ask(path), await ask(`${path}?userId=${owner}`)], [200, 200])
  assert.deepEqual([await ask(`${path}?userId=${newId()}`), await ask(`${newId()}/story`)], [404, 404])
  const bad = [await ask('1/story'), await ask(`${path}?userId=1`), await ask(`${path}?x=1`)]
  assert.deepEqual(bad, [400, 400, 400])
})

test('stories are read two at a time, fifty wait for their turn, and the others are turned away at once', async (t) => {
  const server = openServer({ service: 'order', log: house.log, checks: () => ({}) })
  t.after(() => server.close())
  const go = Promise.withResolvers<void>()
  let [reading, most] = [0, 0]
  routeStory(server, async () => {
    most = Math.max(most, ++reading)
    await go.promise
    reading--
    return { steps: [] }
  })
  const ask = async () => (await server.inject(`/internal/orders/${newId()}/story`)).statusCode
  const first = [ask(), ask()]
  await until('two are read', () => reading === 2)
  const asked = Array.from({ length: 60 }, ask)
  const [refused] = await Promise.all(asked.slice(50))
  assert.equal(refused, 503)
  go.resolve()
  const told = await Promise.all([...first, ...asked])
  assert.equal(told.filter((status) => status === 200).length, 52)
  assert.equal(told.filter((status) => status === 503).length, 10)
  assert.equal(most, 2)
})

test('a server that is closed counts no waiting stories any more', async () => {
  const gauges = () =>
    snapshot()
      .filter(({ name }) => name === 'stampede.batch.waiting')
      .flatMap(({ lines }) => lines)
  const before = gauges().length
  const server = openServer({ service: 'order', log: house.log, checks: () => ({}) })
  routeStory(server, async () => undefined)
  await server.ready()
  assert.equal(gauges().length, before + 1)
  await server.close()
  assert.equal(gauges().length, before)
})
