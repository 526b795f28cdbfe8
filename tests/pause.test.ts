import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@stampede/kit/testing/until'
import { pickProfile } from '@stampede/local/profile'
import { serviceSpecs } from '@stampede/local/services'
import { Redis } from 'ioredis'
import { attemptTogether, buyTogether, countTold, type Wish } from './support/attempts.ts'
import { assertBooks } from './support/books.ts'
import { openHeldLine } from './support/held-line.ts'
import { openHouse, query } from './support/house.ts'
import { lockTable } from './support/table-lock.ts'

// Two inventory processes: the second one speaks to Postgres over a line that the test can hold, and leaves
// the repairing to the first. What hangs at the frozen one must not keep others from the well one, so many
// batches may be on their way; and all has to happen within the 7 s after which the sleeper would give up its
// batch by itself.
const BLOCK = 5
const SLEEPER = 'inventory-2'
const SOLD_MS = 60_000
const HANGING_MS = 150
const HOLDS = `query LIKE '%INTO reservation%'`
const processes = { inventory: 2 }
const env = {
  inventory: { OVERDUE_MS: '500', RECONCILE_EVERY_MS: '100' },
  order: { CLAIM_BATCHES_MAX: '64' },
  gateway: { CLAIMS_IN_FLIGHT: '64' },
}
const sleepy = { inventory: { OVERDUE_MS: '500', RECONCILE_EVERY_MS: '60000' } }
const house = await openHouse({ block: BLOCK, processes, env })
const { system } = house
const line = await openHeldLine(system.engines.DATABASE_URL)
after(() => line.close())
const profile = pickProfile({ profile: 'test', block: BLOCK })
const engines = { ...system.engines, DATABASE_URL: line.url }
const [, sleeper] = serviceSpecs('inventory', { profile, processes, env: sleepy }, engines)
assert.ok(sleeper)
await system.stop(SLEEPER)
await system.start(sleeper)

const buyers = await house.operator.hireBuyers(3000)
let next = 0
/** Wishes of buyers who have not been seen before. */
function newWishes(saleId: string, count: number): Wish[] {
  next += count
  return buyers.slice(next - count, next).map((buyer) => ({ saleId, buyer, key: 'wish', quantity: 1 }))
}

// With nothing left the stock's own CHECK would stop a late batch as well; with units left only the void can.
for (const { title, units } of [
  { title: 'with nothing left', units: 50 },
  { title: 'with units left', units: 500 },
]) {
  test(`a worker frozen between gate and ledger finds its claims voided and resold, ${title}`, async () => {
    const { saleId } = await house.openSale({ units })
    await warmUp(saleId)

    line.hold()
    const cutShort = await sendUntil(saleId, 'claims hang between gate and ledger', () => hasHanging(saleId))
    system.pause(SLEEPER)
    const victims = await pendingOf(saleId)
    assert.ok(victims.length > 0)
    await until('the other process has voided its claims', () => areVoid(victims))
    const before = await availableOf(saleId)
    const resold = await sellDownTo(saleId, units > 50 ? before - victims.length : 0)

    // Postgres' answer lies ready when the sleeper wakes, or its own limit would keep the batch from leaving.
    line.release()
    await until('its transaction has begun', () => hasSession(`state = 'idle in transaction'`))
    await sleep(HANGING_MS)
    system.resume(SLEEPER)
    await until('the woken worker brings its batch to the ledger', async () => {
      const said = line.saidSinceRelease()
      return said.includes('\0hold\0') && victims.every((claimId) => said.includes(claimId))
    })
    await Promise.all([cutShort.answers(), resold.answers()])
    await assertBooks(house, 'after faults')
    assert.ok(await areVoid(victims), 'and they stay void')
    const orders = await query(house, 'SELECT 1 FROM orders.orders WHERE order_id = ANY($1)', [victims])
    assert.equal(orders.length, 0)
  })
}

test('a worker frozen inside its transaction holds up the sale until Postgres ends that', async () => {
  const { saleId } = await house.openSale({ units: 50 })
  await warmUp(saleId)

  const lock = await lockTable(house, 'inventory.reservation')
  const cutShort = await sendUntil(saleId, 'its batch waits in Postgres', () =>
    hasSession(`wait_event_type = 'Lock' AND ${HOLDS}`),
  )
  system.pause(SLEEPER)
  await lock.release()
  await until('its batch is in the ledger, not committed', () =>
    hasSession(`state = 'idle in transaction' AND ${HOLDS}`),
  )
  const sold = await sellDownTo(saleId, 0)

  system.resume(SLEEPER)
  await Promise.all([cutShort.answers(), sold.answers()])
  await assertBooks(house, 'after faults')
})

/** Lets both processes open all their connections: while the line is held, no new one comes about. */
async function warmUp(saleId: string): Promise<void> {
  assert.deepEqual(countTold(await buyTogether(house, newWishes(saleId, 20))), { '201': 20 })
  await Promise.all(Array.from({ length: 40 }, () => house.audit(saleId)))
}

/** New attempts, five at a time, until `what` is so. Their answers are still to come. */
async function sendUntil(saleId: string, what: string, look: () => Promise<boolean>) {
  const sent: ReturnType<typeof attemptTogether>[] = []
  await until(what, () => {
    if (sent.length < 5) sent.push(attemptTogether(house, newWishes(saleId, 5)))
    return look()
  })
  return { answers: () => Promise.all(sent) }
}

/** Half of what is asked lands at the frozen worker: buyers keep coming until enough is sold. */
async function sellDownTo(saleId: string, left: number) {
  const sent: ReturnType<typeof attemptTogether>[] = []
  const look = async () => {
    sent.push(attemptTogether(house, newWishes(saleId, 5)))
    return (await availableOf(saleId)) <= left
  }
  await until(`no more than ${left} units are left`, look, SOLD_MS)
  return { answers: () => Promise.all(sent) }
}

async function availableOf(saleId: string): Promise<number> {
  const sql = 'SELECT available FROM inventory.sale WHERE sale_id = $1'
  const [sale] = await query<{ available: number }>(house, sql, [saleId])
  return sale?.available ?? 0
}

async function pendingOf(saleId: string): Promise<string[]> {
  const redis = new Redis(system.engines.REDIS_GATE_URL)
  try {
    return await redis.zrange(`sale:{${saleId}}:pending`, '0', '-1')
  } finally {
    redis.disconnect()
  }
}

/** Whether some claims stay pending: those of a worker that is well are settled in no time. */
async function hasHanging(saleId: string): Promise<boolean> {
  const before = await pendingOf(saleId)
  await sleep(HANGING_MS)
  const now = new Set(await pendingOf(saleId))
  return before.some((claimId) => now.has(claimId))
}

async function areVoid(claimIds: readonly string[]): Promise<boolean> {
  const sql = `SELECT 1 FROM inventory.reservation WHERE claim_id = ANY($1) AND state = 'void'`
  return (await query(house, sql, [claimIds])).length === claimIds.length
}

/** Whether a connection of the sleeper is as said. */
async function hasSession(how: string): Promise<boolean> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE client_port = ANY($1) AND ${how}`
  return (await query(house, sql, [line.ports()])).length > 0
}
