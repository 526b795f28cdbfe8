import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import type { Log } from '@stampede/kit/log'
import { openBookWatch } from '@stampede/kit/watch/book-watch'
import { lookAtLetters, lookAtOutbox } from '@stampede/kit/watch/telling'
import { lookAtBooks } from '../src/adapters/watch-postgres.ts'
import { lookAtGate } from '../src/stages/watch-gate.ts'
import { claimOf, openFixture, units, until } from './fixture.ts'

const world = await openFixture()
const { gate, sales, stage, now, pool, openSale, rebuild, reconcile } = world
const looks = [
  lookAtBooks(pool),
  lookAtGate({ gate, sales, now, overdueMs: 0 }),
  lookAtOutbox(pool),
  lookAtLetters(pool),
]

const unending = new AbortController().signal

/** Two looks, for what counts only when it stands still. All that is not as it should be. */
async function faults(): Promise<Record<string, number>> {
  await Promise.all(looks.map((look) => look(unending)))
  const measures = (await Promise.all(looks.map((look) => look(unending)))).flat()
  const over = measures.filter(({ value, limit }) => limit !== undefined && value > limit)
  return Object.fromEntries(over.map(({ name, value }) => [name, value]))
}

/** A sale of nine units of which a buyer holds two and another one has bought one. */
async function openSold() {
  const saleId = await openSale({ units: 9 })
  const [held, sold] = [units(2, claimOf(saleId, newId(), 'k')), claimOf(saleId, newId(), 'k')]
  await stage.claim([held, sold], performance.now() + 10_000)
  await pool.query(`UPDATE reservation SET state = 'sold' WHERE claim_id = $1`, [sold.claimId])
  await pool.query('UPDATE sale SET reserved = reserved - 1, sold = sold + 1 WHERE sale_id = $1', [saleId])
  await until(async () => (await gate.look(saleId))?.pending === 0, 'all is confirmed')
  await pool.query('UPDATE outbox SET sent_at = now()')
  return { saleId, held, sold }
}

type Sold = Awaited<ReturnType<typeof openSold>>
const run = (sql: string) => (damaged: Sold) => pool.query(sql, sql.includes('$1') ? [damaged.saleId] : [])
const field = (name: string, value: number) => (damaged: Sold) =>
  gate.redis.hset(`sale:{${damaged.saleId}}:gate`, name, value)
const HELD = `sale_id = $1 AND state = 'held'`
const CHECKS = 'sale_no_oversell CHECK (available >= 0 AND reserved >= 0 AND sold >= 0)'

/** Damage, what is seen of it, and how it is undone. */
const DAMAGES: [title: string, plant: (to: Sold) => unknown, seen: object, mend: (to: Sold) => unknown][] = [
  [
    'a reservation that is gone',
    run(`DELETE FROM reservation WHERE ${HELD}`),
    { miscountedUnits: 4 },
    async ({ saleId, held }) => {
      await pool.query('UPDATE sale SET reserved = 0, available = 8 WHERE sale_id = $1', [saleId])
      await pool.query('UPDATE buyer_use SET used = 0 WHERE user_id = $1', [held.userId])
      await rebuild(saleId, 'test')
    },
  ],
  [
    'a reservation of more units than were taken',
    run(`UPDATE reservation SET quantity = 9 WHERE ${HELD}`),
    { miscountedUnits: 14, oversoldUnits: 1 },
    run(`UPDATE reservation SET quantity = 2 WHERE ${HELD}`),
  ],
  [
    'a buyer who counts as having less',
    run('UPDATE buyer_use SET used = 0 WHERE sale_id = $1'),
    { miscountedUnits: 3 },
    run(`UPDATE buyer_use u SET used = r.quantity FROM reservation r
      WHERE u.sale_id = $1 AND r.sale_id = u.sale_id AND r.user_id = u.user_id`),
  ],
  [
    'counters that do not add up',
    run('ALTER TABLE sale DROP CONSTRAINT sale_conservation; UPDATE sale SET units = units + 1'),
    { brokenSales: 1 },
    run(`UPDATE sale SET units = units - 1;
      ALTER TABLE sale ADD CONSTRAINT sale_conservation CHECK (available + reserved + sold = units)`),
  ],
  [
    'a counter below zero',
    run(`ALTER TABLE sale DROP CONSTRAINT sale_no_oversell;
      UPDATE sale SET available = -1, reserved = reserved + 7`),
    { brokenSales: 1, driftUnits: 7, miscountedUnits: 7 },
    run(`UPDATE sale SET available = 6, reserved = reserved - 7; ALTER TABLE sale ADD CONSTRAINT ${CHECKS}`),
  ],
  [
    'units held long after their order must have ended',
    run(`UPDATE reservation SET expires_at = now() - interval '10 minutes' WHERE ${HELD}`),
    { stuckUnits: 2 },
    run(`UPDATE reservation SET expires_at = now() + interval '10 minutes' WHERE ${HELD}`),
  ],
  ['stock doubled in the gate', field('left', 12), { driftUnits: 6 }, field('left', 6)],
  ['units the gate forgot', field('left', 2), { driftUnits: 4, undersoldUnits: 4 }, field('left', 6)],
  [
    'an open sale whose gate is paused',
    ({ saleId }) => gate.redis.hset(`sale:{${saleId}}:gate`, 'state', 'paused'),
    { undersoldUnits: 6 },
    ({ saleId }) => gate.redis.hset(`sale:{${saleId}}:gate`, 'state', 'open'),
  ],
  [
    'an open sale without a view',
    ({ saleId }) => gate.shut(saleId),
    { undersoldUnits: 6 },
    ({ saleId }) => rebuild(saleId, 'test'),
  ],
  [
    'a claim that was taken and never settled',
    ({ saleId }) => gate.redis.zadd(`sale:{${saleId}}:pending`, 1, newId()),
    { orphanClaims: 1 },
    ({ saleId }) => gate.overdue(saleId, 0),
  ],
  [
    'an event that nobody tells',
    run(`INSERT INTO outbox (topic, events, count, created_at) VALUES ('t', '', 1, now() - interval '9 s')`),
    { outboxOldestMs: 9_000 },
    run('UPDATE outbox SET sent_at = now()'),
  ],
  [
    'a message nobody could work on',
    run(`INSERT INTO dead_letter (consumer, topic, partition, kafka_offset, sent_at, error)
      VALUES ('c', 't', 0, 0, now(), 'e')`),
    { deadLetters: 1 },
    run('UPDATE dead_letter SET replayed_at = now()'),
  ],
]

for (const [title, plant, seen, mend] of DAMAGES) {
  test(`the watch finds ${title}, and sees that it is mended`, async (t) => {
    t.after(forgetSales)
    const sale = await openSold()
    assert.deepEqual(await faults(), {})
    await plant(sale)
    const found = await faults()
    if (found['outboxOldestMs']) found['outboxOldestMs'] = 9_000
    assert.deepEqual(found, seen)
    await mend(sale)
    assert.deepEqual(await faults(), {})
  })
}

async function forgetSales(): Promise<void> {
  await pool.query('DELETE FROM reservation; DELETE FROM buyer_use; DELETE FROM sale')
}

test('the longer a gate stays shut, the more it counts', async (t) => {
  const { saleId } = await openSold()
  const look = lookAtGate({ gate, sales, now, overdueMs: 0 })
  const shutMs = async () => (await look(unending)).find(({ name }) => name === 'gateShutMs')?.value
  await gate.shut(saleId)
  await look(unending)
  const later = performance.now() + 20_000
  t.mock.method(performance, 'now', () => later)
  assert.ok(((await shutMs()) ?? 0) >= 19_000)
  t.mock.restoreAll()
  await rebuild(saleId, 'test')
  assert.equal(await shutMs(), 0)
})

test('units on their way between gate and ledger are no drift', async () => {
  const { saleId } = await openSold()
  const look = lookAtGate({ gate, sales, now, overdueMs: 0 })
  for (let left = 5; left > 0; left--) {
    await gate.redis.hset(`sale:{${saleId}}:gate`, 'left', left)
    const values = (await look(unending)).map(({ name, value }) => [name, value])
    assert.equal(Object.fromEntries(values)['driftUnits'], 0)
  }
  await rebuild(saleId, 'test')
})

test('damage that stays is an alarm, told once; what the reconciler mends it counts, and the alarm ends', async () => {
  const { saleId } = await openSold()
  const said: string[] = []
  const note = ({ alarm }: { alarm: string }, msg: string) => said.push(`${alarm} ${msg}`)
  const log = { error: note, info: note, warn: note } as unknown as Log
  const watch = openBookWatch({ log, looks: looks.slice(0, 2), everyMs: 200 })
  const raised = () => watch.watched.alarms.map(({ name }) => name)
  await gate.redis.hset(`sale:{${saleId}}:gate`, 'left', 12)
  await until(async () => raised().includes('driftUnits'), 'the alarm', 25_000)
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 6, 'Redis is repaired')
  await until(async () => raised().length === 0, 'the alarm is over')
  await reconciler.close()
  await watch.close()
  assert.deepEqual(said, ['driftUnits alarm', 'driftUnits alarm over'])
  assert.deepEqual(reconciler.measures[0], { name: 'rebuiltViews', value: 1 })
})

test('the reconciler counts the claims it voids and the units it frees', async () => {
  const saleId = await openSale({ units: 5 })
  await gate.take(saleId, [units(2, claimOf(saleId, newId(), 'dead'))])
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 5, 'the units are back')
  await until(
    async () => reconciler.measures.some(({ name, value }) => name === 'freedUnits' && value === 2),
    'it is counted',
  )
  assert.ok(reconciler.measures.some(({ name, value }) => name === 'voidedClaims' && value === 1))
  await reconciler.close()
})

test('a mark of a claim that holds nothing does not keep the reconciler from seeing a drift', async () => {
  const { saleId } = await openSold()
  await gate.redis.zadd(`sale:{${saleId}}:pending`, 1, newId())
  await gate.redis.hset(`sale:{${saleId}}:gate`, 'left', 12)
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 6, 'Redis is repaired')
  await reconciler.close()
})
