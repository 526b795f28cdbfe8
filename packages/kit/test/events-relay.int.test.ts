import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { tell } from '../src/events/outbox.ts'
import { prune } from '../src/events/prune.ts'
import { PRUNE_OUTBOX_SQL } from '../src/events/relay.ts'
import { transaction } from '../src/postgres.ts'
import { until } from '../testing/until.ts'
import { effects, type House, makeFacts, openHouse, TOPIC, tellAll } from './events-house.ts'

let house: House

before(async () => {
  house = await openHouse()
  await house.create()
})
afterEach(async () => {
  await house.closeAll()
  await house.pool.query('truncate outbox, inbox, dead_letter, effect')
})
after(() => house.destroy())

const news = (facts: ReturnType<typeof makeFacts>) =>
  ({ source: 'urn:stampede:test', topic: TOPIC, facts }) as const

test('what was committed is told, and what was rolled back is not', async () => {
  house.consume()
  const relay = house.relay()
  await assert.rejects(
    transaction(house.pool, async (tx) => {
      tell(tx, news(makeFacts(10)))
      throw new Error('changed my mind')
    }),
    /changed my mind/,
  )
  await tellAll(house, makeFacts(1_000))
  relay.wake()
  await until('all told', async () => (await effects(house)).distinct >= 1_000)
  await sleep(500)
  assert.deepEqual(await effects(house), { total: 1_000, distinct: 1_000 })
  assert.deepEqual(await house.untold(), { rows: 0, events: 0 })
})

test('two relays on one outbox tell everything, and hardly anything twice', async () => {
  house.consume({ inbox: false })
  const relays = [house.relay({ rowsMax: 3, pollMs: 30 }), house.relay({ rowsMax: 3, pollMs: 30 })]
  const facts = makeFacts(3_000)
  await Promise.all([0, 1, 2].map((i) => tellAll(house, facts.slice(i * 1_000, (i + 1) * 1_000), 20)))
  for (const relay of relays) relay.wake()
  await until('all told', async () => (await effects(house)).distinct === 3_000)
  await sleep(500)
  assert.equal((await effects(house)).total, 3_000)
})

test('a row that commits after a younger one was told is told as well', async () => {
  house.consume()
  house.relay({ pollMs: 50 })
  const entered = Promise.withResolvers<void>()
  const leave = Promise.withResolvers<void>()
  const late = transaction(house.pool, async (tx) => {
    tell(tx, news(makeFacts(1)))
    await tx.query('select 1')
    entered.resolve()
    await leave.promise
  })
  await entered.promise
  await tellAll(house, makeFacts(1))
  await until('the younger one told', async () => (await effects(house)).total === 1)
  leave.resolve()
  await late
  await until('the older one told', async () => (await effects(house)).total === 2)
})

test('a bell of many commits leads to few passes, and each event is told within a second', async () => {
  house.consume()
  const relay = house.relay({ pollMs: 60_000 })
  await until('consuming', async () => {
    await tellAll(house, makeFacts(1))
    relay.wake()
    return (await effects(house)).total > 0
  })
  const before = (await effects(house)).total
  const startedAt = performance.now()
  for (const fact of makeFacts(200)) {
    await tellAll(house, [fact])
    relay.wake()
  }
  await until('all told', async () => (await effects(house)).total >= before + 200)
  const { rows } = await house.pool.query('select count(distinct sent_at)::int as passes from outbox')
  const passesMax = (performance.now() - startedAt) / 20 + 20
  assert.ok(rows[0].passes <= passesMax, `${rows[0].passes} passes`)
})

test('closing tells what is committed already', async () => {
  house.consume()
  const relay = house.relay({ pollMs: 60_000 })
  await sleep(200)
  await tellAll(house, makeFacts(500))
  await relay.close()
  const { rows } = await house.pool.query('select count(*)::int as unsent from outbox where sent_at is null')
  assert.equal(rows[0].unsent, 0)
  await until('all told', async () => (await effects(house)).total === 500)
})

test('replaying the outbox changes nothing', async () => {
  house.consume()
  const relay = house.relay()
  await tellAll(house, makeFacts(300))
  relay.wake()
  await until('told', async () => (await effects(house)).total === 300)
  await house.pool.query('update outbox set sent_at = null')
  relay.wake()
  await until('told again', async () => (await house.untold()).rows === 0)
  await sleep(700)
  assert.deepEqual(await effects(house), { total: 300, distinct: 300 })
})

test('told rows are deleted after 7 days, untold ones never', async () => {
  await house.pool.query(
    `insert into outbox (topic, events, count) select 'order.cancelled', '', 0 from generate_series(1, 2500)`,
  )
  await house.pool.query(`update outbox set sent_at = now() - interval '8 days' where id % 5 <> 0`)
  await house.pool.query(`update outbox set sent_at = now() - interval '6 days' where id % 25 = 0`)
  assert.equal(await prune({ pool: house.pool, sql: PRUNE_OUTBOX_SQL }), 2_000)
  const { rows } = await house.pool.query(
    'select count(*)::int as kept, count(sent_at)::int as told from outbox',
  )
  assert.deepEqual(rows[0], { kept: 500, told: 100 })
})
