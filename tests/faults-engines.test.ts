import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@stampede/kit/testing/until'
import { Redis } from 'ioredis'
import { buyTogether, countTold } from './support/attempts.ts'
import { assertBooks } from './support/books.ts'
import { openHouse, query } from './support/house.ts'
import { sellThrough } from './support/sale-under-fault.ts'

const UNITS = 1200
const house = await openHouse({ block: 2, env: { inventory: { OVERDUE_MS: '1000' } } })
const { system } = house
const buyers = await house.operator.hireBuyers(2000)

test('the gate’s Redis is killed and comes back empty: its view is rebuilt and selling goes on', async () => {
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 11 },
    fault: () => system.kill('redis-gate'),
  })
})

test('the gate’s Redis is emptied while it runs: its view is rebuilt and selling goes on', async () => {
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 12 },
    fault: () => flushAll(system.engines.REDIS_GATE_URL),
  })
})

test('the queue’s Redis is emptied and killed: orders expire all the same and are sold again', async () => {
  const { saleId } = await house.openSale({ units: 20, paymentWindowSeconds: 2 })
  const wishes = buyers.slice(0, 20).map((buyer) => ({ saleId, buyer, key: 'unpaid', quantity: 1 }))
  assert.deepEqual(countTold(await buyTogether(house, wishes)), { '201': 20 })
  await flushAll(system.engines.REDIS_QUEUE_URL)
  await system.kill('redis-queue')
  const reading = 'SELECT state FROM orders.orders WHERE sale_id = $1'
  const states = await until('all have expired', async () => {
    const rows = await query<{ state: string }>(house, reading, [saleId])
    return rows.every(({ state }) => state === 'expired') && rows
  })
  assert.equal(states.length, 20)
  const others = buyers.slice(20, 40).map((buyer) => ({ saleId, buyer, key: 'next', quantity: 1 }))
  await until('the units are back on sale', async () => (await house.audit(saleId)).available === 20)
  assert.deepEqual(countTold(await buyTogether(house, others)), { '201': 20 })
  await assertBooks(house, 'after faults')
})

test('Kafka is killed: selling goes on, and what was not told is told when it is back', async () => {
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 13 },
    fault: () => system.kill('kafka'),
  })
})

test('Postgres is killed: no promise is lost, and selling goes on when it is back', async () => {
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 14 },
    fault: () => system.kill('postgres'),
  })
})

test('no service died of the death of an engine', () => {
  const services = Object.entries(system.parts).filter(([, part]) => part.role === 'service')
  assert.deepEqual(
    services.filter(([, part]) => part.restarts > 0),
    [],
  )
})

async function flushAll(url: string): Promise<void> {
  const redis = new Redis(url)
  try {
    await redis.flushall()
  } finally {
    redis.disconnect()
  }
}
