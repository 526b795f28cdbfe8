import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Order, PlacedOrder } from '@stampede/contracts/orders'
import { until } from '@stampede/kit/testing/until'
import { attempt, buy, buyTogether, countTold, type Wish } from './support/attempts.ts'
import { assertBooks } from './support/books.ts'
import { type Buyer, call, openHouse } from './support/house.ts'

const house = await openHouse({ block: 3 })
let buyers: readonly Buyer[] = []
before(async () => {
  buyers = await house.operator.hireBuyers(2000)
})

const buyerAt = (index: number) => buyers[index % buyers.length] as Buyer
const wish = (saleId: string, buyer: Buyer, key: string): Wish => ({ saleId, buyer, key, quantity: 1 })
const orderOf = (body: string) => JSON.parse(body) as PlacedOrder

test('of 2,000 buyers who want the only unit in the same moment exactly one gets it', async () => {
  const { saleId } = await house.openSale({ units: 1 })
  const told = await buyTogether(
    house,
    buyers.map((buyer) => wish(saleId, buyer, 'the-only-one')),
  )
  assert.deepEqual(countTold(told), { '201': 1, '409 sold_out': 1999 })
})

test('a buyer who tries 20 times at once gets no more than the limit of one', async () => {
  const { saleId } = await house.openSale({ units: 1000 })
  const greedy = buyers.slice(0, 100)
  const told = await buyTogether(
    house,
    greedy.flatMap((buyer) => Array.from({ length: 20 }, (_, i) => wish(saleId, buyer, `try-${i}`))),
  )
  assert.deepEqual(countTold(told), { '201': 100, '409 limit_reached': 1900 })
  const winners = greedy.map((_, i) => told.slice(20 * i, 20 * i + 20).filter(({ status }) => status === 201))
  assert.ok(winners.every((won) => won.length === 1))
})

test('a key sent 50 times at once, and again later, is one order with one answer to the byte', async () => {
  const { saleId } = await house.openSale({ units: 100, limitPerUser: 100 })
  const one = { ...wish(saleId, buyerAt(0), 'fifty'), quantity: 2 }
  const told = await buyTogether(
    house,
    Array.from({ length: 50 }, () => one),
  )
  const later = await attempt(house, one)
  assert.deepEqual(countTold([...told, later]), { '201': 51 })
  assert.equal(new Set([...told, later].map(({ body }) => body)).size, 1)
  assert.equal((await house.audit(saleId)).reserved, 2)
})

test('a key that was used for another quantity is refused, however many ask at once', async () => {
  const { saleId } = await house.openSale({ units: 100, limitPerUser: 100 })
  const first = await buy(house, wish(saleId, buyerAt(0), 'reused'))
  assert.equal(first.status, 201)
  const others = Array.from({ length: 20 }, (_, i) => ({
    ...wish(saleId, buyerAt(0), 'reused'),
    quantity: 2 + i,
  }))
  assert.deepEqual(countTold(await buyTogether(house, others)), { '422 idempotency_key_reused': 20 })
  const mixed = Array.from({ length: 20 }, (_, i) => ({
    ...wish(saleId, buyerAt(1), 'mixed'),
    quantity: 1 + (i % 2),
  }))
  const told = countTold(await buyTogether(house, mixed))
  assert.deepEqual(told, { '201': 10, '422 idempotency_key_reused': 10 })
})

test('a winner who repeats after the sale is sold out still gets the same 201', async () => {
  const { saleId } = await house.openSale({ units: 5 })
  const wishes = buyers.slice(0, 5).map((buyer) => wish(saleId, buyer, 'early'))
  const won = await buyTogether(house, wishes)
  assert.deepEqual(countTold(won), { '201': 5 })
  await untilFlagged(saleId)
  const late = buyers.slice(5, 205).map((buyer) => wish(saleId, buyer, 'late'))
  const told = await buyTogether(house, [...late, ...wishes])
  assert.deepEqual(countTold(told.slice(0, 200)), { '409 sold_out': 200 })
  assert.deepEqual(told.slice(200), won)
})

test('the unit of an order cancelled ten times is bought by somebody else, once', async () => {
  const { saleId } = await house.openSale({ units: 3 })
  const [first] = await buyTogether(
    house,
    buyers.slice(0, 3).map((buyer) => wish(saleId, buyer, 'first')),
  )
  await untilFlagged(saleId)
  const { orderId } = orderOf(first?.body ?? '')
  const answers = await Promise.all(Array.from({ length: 10 }, () => cancel(buyerAt(0), orderId)))
  assert.deepEqual(new Set(answers), new Set([200]))
  const told = await untilSomeoneWins(saleId, 'after-cancel')
  assert.deepEqual(countTold(told), { '201': 1, '409 sold_out': 49 })
  const last = await buyTogether(
    house,
    buyers.slice(100, 150).map((buyer) => wish(saleId, buyer, 'too-late')),
  )
  assert.deepEqual(countTold(last), { '409 sold_out': 50 })
  const again = await buy(house, wish(saleId, buyerAt(0), 'first'))
  assert.deepEqual(again, first, 'the key of the cancelled order still gets its first answer')
})

test('the unit of an order that was not paid in time is bought by somebody else', async () => {
  const { saleId } = await house.openSale({ units: 1, paymentWindowSeconds: 2 })
  const first = await buy(house, wish(saleId, buyerAt(0), 'unpaid'))
  const { orderId, expiresAt } = orderOf(first.body)
  const told = await untilSomeoneWins(saleId, 'after-expiry')
  assert.deepEqual(countTold(told), { '201': 1, '409 sold_out': 49 })
  const read = await call(`${house.url}/api/orders/${orderId}`, { token: buyerAt(0).accessToken })
  const { state, history } = JSON.parse(read.body) as Order
  assert.deepEqual([state, history.map((step) => step.state)], ['expired', ['pending', 'expired']])
  const winner = told.find(({ status }) => status === 201)
  assert.ok(orderOf(winner?.body ?? '').expiresAt > expiresAt)
})

test('after the rush all books agree with all that the buyers were told', () =>
  assertBooks(house, 'in peace'))

/** Until the gateway itself says no: then even an attempt that could never buy is told so. */
async function untilFlagged(saleId: string): Promise<void> {
  const knock = wish(saleId, { userId: buyerAt(0).userId, accessToken: 'nobody' }, 'knock')
  const stranger = { target: house.target, journal: [] }
  await until('the gateway knows that the sale is sold out', async () => {
    await attempt(house, wish(saleId, buyerAt(999), 'too-late'))
    return (await attempt(stranger, knock)).code === 'sold_out'
  })
}

/**
 * Fifty buyers knock again and again, each time with a new wish; the answers of the round in which one wins.
 */
function untilSomeoneWins(saleId: string, key: string) {
  let round = 0
  return until('the unit is on sale again', async () => {
    round += 1
    const knocking = buyers.slice(50, 100).map((buyer) => wish(saleId, buyer, `${key}-${round}`))
    const told = await buyTogether(house, knocking)
    return told.some(({ status }) => status === 201) && told
  })
}

async function cancel(buyer: Buyer, orderId: string): Promise<number> {
  const sentAt = Date.now()
  const url = `${house.url}/api/orders/${orderId}/cancel`
  const { status, body } = await call(url, { method: 'POST', token: buyer.accessToken })
  house.journal.push({ entry: 'cancel', orderId, userId: buyer.userId, sentAt, status, body })
  return status
}
