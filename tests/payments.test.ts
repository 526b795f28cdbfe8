import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Order, PlacedOrder } from '@stampede/contracts/orders'
import type { Outcome } from '@stampede/contracts/payments'
import { until } from '@stampede/kit/testing/until'
import { seededRandom } from '@stampede/loadtests/generator/random'
import { buyTogether } from './support/attempts.ts'
import { type Buyer, call, openHouse, query } from './support/house.ts'
import { assertMoney, untilMoneyRests } from './support/money.ts'

const HOLD_SECONDS = 3
const WAVES = 8
const ORDERS = 250
const ENDS = ['paid', 'cancelled', 'expired'] as const

const house = await openHouse({
  block: 4,
  env: {
    order: { PAYING_HOLD_SECONDS: String(HOLD_SECONDS), SWEEP_EVERY_MS: '50' },
    payment: { POLL_AFTER_MS: '500' },
  },
})
let buyers: readonly Buyer[] = []
before(async () => {
  buyers = await house.operator.hireBuyers(ORDERS)
})

interface Bought {
  readonly buyer: Buyer
  readonly orderId: string
}

async function buyAll(saleId: string, count: number, key: string): Promise<Bought[]> {
  const wishes = buyers.slice(0, count).map((buyer) => ({ saleId, buyer, key, quantity: 1 }))
  const told = await buyTogether(house, wishes)
  return told.map(({ status, body }, i) => {
    assert.equal(status, 201, body)
    return { buyer: buyers[i] as Buyer, orderId: (JSON.parse(body) as PlacedOrder).orderId }
  })
}

/** As a good client does: who is told "not now" asks again with the same key. */
async function post({ buyer, orderId }: Bought, what: string, body?: unknown) {
  const url = `${house.url}/api/orders/${orderId}/${what}`
  return until(`an answer to the ${what}`, async () => {
    const answer = await call(url, { method: 'POST', token: buyer.accessToken, body, key: what })
    return answer.status < 500 && answer
  })
}

async function read({ buyer, orderId }: Bought): Promise<Order> {
  return JSON.parse((await call(`${house.url}/api/orders/${orderId}`, { token: buyer.accessToken })).body)
}

test('each way a payment can go leads where it should, and stock and money follow', async () => {
  const outcomes: readonly [Outcome, string][] = [
    ['succeed', 'paid payment-settled'],
    ['never', 'paid payment-settled'],
    ['duplicate', 'paid payment-settled'],
    ['out-of-order', 'paid payment-settled'],
    ['fail', 'expired payment-window'],
    ['wrong-amount', 'expired payment-window'],
    ['late', 'paid revived'],
  ]
  const { saleId } = await house.openSale({ units: 7, paymentWindowSeconds: 2 })
  const bought = await buyAll(saleId, outcomes.length, 'ways')
  const asked = bought.map((each, i) =>
    post(each, 'payment', { method: 'sandbox', outcome: outcomes[i]?.[0] }),
  )
  for (const { status, body } of await Promise.all(asked)) assert.equal(status, 202, body)
  for (const [i, [outcome, end]] of outcomes.entries()) {
    await until(`${outcome}: ${end}`, async () => {
      const { history } = await read(bought[i] as Bought)
      return history.some(({ state, cause }) => `${state} ${cause}` === end)
    })
  }
  await untilMoneyRests(house, saleId)
  const { sold, available } = await house.audit(saleId)
  assert.deepEqual({ sold, available }, { sold: 5, available: 2 })
  const refund = await post(bought[0] as Bought, 'refund')
  assert.equal(refund.status, 202, refund.body)
  await untilMoneyRests(house, saleId)
  assert.equal((await read(bought[0] as Bought)).payment?.state, 'refunded')
  await assertMoney(house, saleId)
})

test('with all units gone meanwhile, late money goes back', async () => {
  const { saleId } = await house.openSale({ units: 1, paymentWindowSeconds: 1 })
  const [first] = (await buyAll(saleId, 1, 'first')) as [Bought]
  assert.equal((await post(first, 'payment', { method: 'sandbox', outcome: 'late' })).status, 202)
  await until('expired', async () => (await read(first)).state === 'expired')
  const second = await until('sold again', async () => {
    const wish = { saleId, buyer: buyers[1] as Buyer, key: 'second', quantity: 1 }
    const [told] = await buyTogether(house, [wish])
    return told?.status === 201 && told
  })
  const { orderId } = JSON.parse(second.body) as PlacedOrder
  assert.equal(
    (await post({ buyer: buyers[1] as Buyer, orderId }, 'payment', { method: 'sandbox' })).status,
    202,
  )
  await untilMoneyRests(house, saleId)
  const { state, payment, history } = await read(first)
  assert.deepEqual([state, payment?.state], ['expired', 'refunded'])
  assert.deepEqual(
    history.map(({ cause }) => cause),
    ['placed', 'payment-requested', 'payment-window', 'payment-late', 'payment-returned', 'refund-settled'],
  )
  await assertMoney(house, saleId)
})

test(`${WAVES * ORDERS} payments settle in the moment their orders expire or are cancelled: no cent and no unit astray`, {
  timeout: 300_000,
}, async () => {
  const random = seededRandom(5)
  // Fewer than are ordered in all: units of orders that ended are sold again.
  const { saleId } = await house.openSale({
    units: ORDERS * 5,
    paymentWindowSeconds: HOLD_SECONDS,
    limitPerUser: WAVES,
  })
  for (let wave = 0; wave < WAVES; wave++) {
    const bought = await buyAll(saleId, ORDERS, `wave-${wave}`)
    await Promise.all(bought.map((each) => race(each, random)))
  }
  await untilMoneyRests(house, saleId)
  const states = await query<{ state: string; n: number }>(
    house,
    'select state, count(*)::int as n from orders.orders where sale_id = $1 group by state',
    [saleId],
  )
  const counted = new Map(states.map(({ state, n }) => [state, n]))
  assert.equal(
    [...counted.values()].reduce((sum, n) => sum + n, 0),
    WAVES * ORDERS,
  )
  for (const end of ENDS) assert.ok((counted.get(end) ?? 0) > 50, `${end}: ${counted.get(end)}`)
  await assertMoney(house, saleId)
})

/** The provider decides about when the order stops waiting; some buyers cancel about then as well. */
async function race(bought: Bought, random: () => number): Promise<void> {
  const aimMs = HOLD_SECONDS * 1_000
  const cancelMs = random() < 0.4 ? aimMs - 250 + 250 * random() : undefined
  const delayMs = Math.round(aimMs - 400 + 400 * random())
  const paying = post(bought, 'payment', { method: 'sandbox', delayMs }).then(({ status, body }) => {
    // Asked for in the last moment of its window, a payment may come too late to be asked for.
    assert.ok(status === 202 || status === 409, `payment: ${status} ${body}`)
  })
  if (cancelMs !== undefined) {
    await sleep(cancelMs)
    const { status, body } = await post(bought, 'cancel')
    assert.ok(status === 200 || status === 409, `cancel: ${status} ${body}`)
  }
  await paying
}
