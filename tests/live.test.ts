import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { OrderView, PlacedOrder } from '@stampede/contracts/orders'
import type { Sale } from '@stampede/contracts/sales'
import { until } from '@stampede/kit/testing/until'
import { buy } from './support/attempts.ts'
import { type Buyer, call, openHouse } from './support/house.ts'
import { openStream, type Stream } from './support/stream.ts'

/** Well before the next beat, at which an order would be looked at anyway. */
const LIMIT_MS = 10_000
const house = await openHouse({ block: 9, env: { gateway: { STREAM_BEAT_MS: '30000' } } })
let buyers: readonly Buyer[] = []
before(async () => {
  buyers = await house.operator.hireBuyers(2)
})

function untilTold<T>(what: string, stream: Stream<T>, holds: (data: T) => boolean): Promise<T> {
  return until(what, async () => stream.told.find(holds), LIMIT_MS)
}

test('who buys, follows the order and cancels it sees it cancelled, and the sale sold out and open again', async () => {
  const { saleId } = await house.openSale({ units: 1 })
  const sale = await openStream<Sale>(`${house.url}/api/sales/${saleId}/events`)
  await untilTold('the sale', sale, ({ unitsLeft }) => unitsLeft === 1)
  const [buyer, other] = buyers as [Buyer, Buyer]
  const told = await buy(house, { saleId, buyer, key: 'one', quantity: 1 })
  const { orderId } = JSON.parse(told.body) as PlacedOrder
  const url = `${house.url}/api/orders/${orderId}`
  const order = await openStream<OrderView>(`${url}/events`, buyer.accessToken)
  await untilTold('the order', order, ({ state }) => state === 'pending')
  await untilTold('nothing left', sale, ({ unitsLeft }) => unitsLeft === 0)
  const cancelled = await call(`${url}/cancel`, { method: 'POST', token: buyer.accessToken })
  assert.equal(cancelled.status, 200, cancelled.body)
  const last = await untilTold('the cancelled order', order, ({ state }) => state === 'cancelled')
  assert.deepEqual(last, JSON.parse((await call(url, { token: buyer.accessToken })).body))
  await untilTold('the unit is back', sale, ({ unitsLeft, state }) => unitsLeft === 1 && state === 'open')
  const foreign = await call(`${url}/events`, { token: other.accessToken })
  assert.equal(foreign.status, 404)
  for (const stream of [sale, order]) stream.leave()
})
