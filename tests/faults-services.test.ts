import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@stampede/kit/testing/until'
import { Redis } from 'ioredis'
import { type House, logIn, openHouse, query } from './support/house.ts'
import { sellThrough } from './support/sale-under-fault.ts'
import { lockTable } from './support/table-lock.ts'

const UNITS = 1200
const house = await openHouse({ block: 1, env: { inventory: { OVERDUE_MS: '1000' } } })
const { system } = house
const buyers = await house.operator.hireBuyers(2000)

test('the inventory is killed between gate and ledger: what it had taken is sold again', async () => {
  const { saleId } = await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 1 },
    async fault({ saleId }) {
      const lock = await lockTable(house, 'inventory.reservation')
      await until('claims are between gate and ledger', () => hasPending(house, saleId, 30))
      await system.kill('inventory')
      await lock.release()
    },
  })
  const voids = `SELECT 1 FROM inventory.reservation WHERE sale_id = $1 AND state = 'void'`
  assert.ok((await query(house, voids, [saleId])).length > 0, 'some were taken by the dead and given back')
})

test('the order service is killed between ledger and orders: every reservation gets its order', async () => {
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 2 },
    async fault({ saleId }) {
      const lock = await lockTable(house, 'orders.orders')
      await until('reservations wait for their orders', () => hasUnmade(house, saleId))
      await system.kill('order')
      await lock.release()
    },
  })
})

test('the gateway is killed with attempts on their way: repeats find their orders', async () => {
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 3 },
    fault: () => system.kill('gateway'),
  })
})

test('the user service is killed: buyers go on with their tokens, and it takes log-ins again', async () => {
  const before = house.journal.length
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 4 },
    async fault() {
      await system.kill('user')
      await system.untilReady('user')
      await logIn(house.url, 'operator@stampede.local', 'operator')
    },
  })
  const codes = new Set(house.journal.slice(before).map(({ code }) => code))
  assert.equal(codes.has('unauthenticated') || codes.has('unavailable'), false)
})

test('all services are killed in the same moment: they come back by themselves and sell the rest', async () => {
  await sellThrough(house, {
    ...{ buyers, units: UNITS, seed: 5 },
    async fault() {
      await Promise.all(['gateway', 'order', 'inventory', 'user'].map((name) => system.kill(name)))
    },
  })
})

async function hasPending({ system }: House, saleId: string, least: number): Promise<boolean> {
  const redis = new Redis(system.engines.REDIS_GATE_URL)
  try {
    return (await redis.zcard(`sale:{${saleId}}:pending`)) >= least
  } finally {
    redis.disconnect()
  }
}

async function hasUnmade(house: House, saleId: string): Promise<boolean> {
  const unmade = `SELECT 1 FROM inventory.reservation r LEFT JOIN orders.orders o ON o.order_id = r.claim_id
    WHERE r.sale_id = $1 AND r.state = 'held' AND o.order_id IS NULL LIMIT 1`
  return (await query(house, unmade, [saleId])).length > 0
}
