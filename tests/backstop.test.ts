import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { deriveOrderId } from '@stampede/contracts/ids'
import type { Order, PlacedOrder } from '@stampede/contracts/orders'
import { until } from '@stampede/kit/testing/until'
import { attemptTogether, buyTogether, countTold } from './support/attempts.ts'
import { assertBooks } from './support/books.ts'
import { call, openHouse, query } from './support/house.ts'
import { lockTable } from './support/table-lock.ts'

const COUNT = 20
/** Long enough for a yes that does not wait for its rows. */
const HASTY_MS = 300
const RESERVED = 'SELECT claim_id AS id FROM inventory.reservation WHERE sale_id = $1'
const PLACED = 'SELECT 1 FROM orders.orders WHERE order_id = ANY($1)'
const house = await openHouse({ block: 4 })
const buyers = await house.operator.hireBuyers(COUNT)

test('the order service dies between the ledger and its rows: the orders appear by themselves', async () => {
  const { saleId } = await house.openSale({ units: 100, limitPerUser: 2 })
  const wishes = buyers.map((buyer) => ({ saleId, buyer, key: 'cut-short', quantity: 2 }))

  const lock = await lockTable(house, 'orders.orders')
  const answers = attemptTogether(house, wishes)
  const reserved = await until('the ledger has some of them', async () => {
    const rows = await query<{ id: string }>(house, RESERVED, [saleId])
    return rows.length > 0 && new Set(rows.map(({ id }) => id))
  })
  await sleep(HASTY_MS)
  await house.system.kill('order')
  await lock.release()
  const cutShort = wishes.filter(({ buyer, key }) => reserved.has(deriveOrderId(buyer.userId, saleId, key)))
  for (const [i, { status }] of (await answers).entries()) {
    if (cutShort.includes(wishes[i] as (typeof wishes)[number])) assert.ok(status >= 500, `told ${status}`)
  }

  await until(
    'their orders are there, though nobody asked again',
    async () => {
      return (await query(house, PLACED, [[...reserved]])).length === reserved.size
    },
    60_000,
  )
  for (const { buyer, key } of cutShort) {
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
  await assertBooks(house, 'after faults')
})
