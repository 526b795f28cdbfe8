import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deriveOrderId } from '@stampede/contracts/ids'
import type { Order, PlacedOrder } from '@stampede/contracts/orders'
import { attemptTogether, buyTogether, countTold } from './support/attempts.ts'
import { assertBooks } from './support/books.ts'
import { call, openHouse, query } from './support/house.ts'
import { lockTable } from './support/table-lock.ts'
import { until } from './support/until.ts'

const COUNT = 20
const house = await openHouse({ block: 4 })
const buyers = await house.operator.hireBuyers(COUNT)

test('the order service dies between the ledger and its rows: the orders appear by themselves', async () => {
  const { saleId } = await house.openSale({ units: 100, limitPerUser: 2 })
  const wishes = buyers.map((buyer) => ({ saleId, buyer, key: 'cut-short', quantity: 2 }))
  const count = async (table: string) =>
    (await query(house, `SELECT 1 FROM ${table} WHERE sale_id = $1`, [saleId])).length

  const lock = await lockTable(house, 'orders.orders')
  const cutShort = attemptTogether(house, wishes)
  await until('the ledger has them', async () => (await count('inventory.reservation')) === COUNT)
  await house.system.kill('order')
  await lock.release()
  assert.deepEqual(
    (await cutShort).filter(({ status }) => status < 500),
    [],
    'nobody was told yes',
  )
  assert.equal(await count('orders.orders'), 0, 'the dead wrote no rows')

  await until('the orders are there, though nobody asked again', async () => {
    return (await count('orders.orders')) === COUNT
  })
  for (const { buyer, key } of wishes) {
    const orderId = deriveOrderId(buyer.userId, saleId, key)
    const read = await call(`${house.url}/api/orders/${orderId}`, { token: buyer.accessToken })
    assert.equal((JSON.parse(read.body) as Order).state, 'pending')
  }
  const repeated = await buyTogether(house, wishes)
  assert.deepEqual(countTold(repeated), { '201': COUNT })
  const orderIds = repeated.map(({ body }) => (JSON.parse(body) as PlacedOrder).orderId)
  assert.deepEqual(
    orderIds,
    wishes.map(({ buyer, key }) => deriveOrderId(buyer.userId, saleId, key)),
  )
  assert.equal(await count('orders.orders'), COUNT)
  await assertBooks(house, 'after faults')
})
