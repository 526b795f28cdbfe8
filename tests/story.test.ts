import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlacedOrder } from '@stampede/contracts/orders'
import type { OrderStory } from '@stampede/contracts/story'
import { until } from '@stampede/kit/testing/until'
import type { SaleTerms } from '@stampede/loadtests/system/operator'
import { buy } from './support/attempts.ts'
import { type Buyer, call, openHouse } from './support/house.ts'

const house = await openHouse({ block: 6 })
const { url, system, operatorToken } = house
const [buyer, other] = (await house.operator.hireBuyers(2)) as [Buyer, Buyer]

async function buyOne(key: string, terms: Partial<SaleTerms> = {}): Promise<string> {
  const { saleId } = await house.openSale({ units: 1, ...terms })
  const { body } = await buy(house, { saleId, buyer, key, quantity: 1 })
  return (JSON.parse(body) as PlacedOrder).orderId
}

async function post(orderId: string, what: string, body?: unknown): Promise<void> {
  const told = await call(`${url}/api/orders/${orderId}/${what}`, {
    ...{ method: 'POST', token: buyer.accessToken, key: what },
    ...(body !== undefined && { body }),
  })
  assert.ok(told.status < 300, told.body)
}

const ask = (orderId: string, token = buyer.accessToken) =>
  call(`${url}/api/orders/${orderId}/story`, { token })

async function storyOf(orderId: string, token = buyer.accessToken): Promise<OrderStory> {
  const { status, body } = await ask(orderId, token)
  assert.equal(status, 200, body)
  return JSON.parse(body) as OrderStory
}

/** The story when this has happened and nothing is under way. */
function untilTold(orderId: string, last: RegExp): Promise<OrderStory> {
  return until(`a story with ${last}`, async () => {
    const story = await storyOf(orderId)
    const isOver = story.steps.every(({ open }) => !open) && story.steps.some(({ words }) => last.test(words))
    return isOver && story
  })
}

/** The first step with these words, and that it stands behind the one before. */
function expectInOrder({ steps }: OrderStory, wanted: readonly RegExp[]): void {
  let from = 0
  for (const each of wanted) {
    const place = steps.findIndex(({ words }, i) => i >= from && each.test(words))
    assert.ok(place >= 0, `${each} not after step ${from} of\n${steps.map(({ words }) => words).join('\n')}`)
    from = place + 1
  }
}

const REFUNDED = [
  /^reserved$/,
  /^order written \d+ ms after it was reserved$/,
  /^order\.placed told to Kafka .* later$/,
  /^payment asked for .* after the order was written$/,
  /^payment noted .* after Kafka was told payment\.requested$/,
  /^charged .* later/,
  /^paid .* after the payment was asked for$/,
  /^order\.paid told to Kafka for inventory and functions .* later$/,
  /^functions called .* after it was paid$/,
  /^given back by the buyer .* after it was paid$/,
  /^refund noted .* after/,
  /^money back by the word of the provider .* later/,
  /^refund complete .* after it was given back$/,
]
const EFFECTS = [
  /^units sold .* after it was paid$/,
  /^coupon granted .* after it was paid/,
  /^points added .* after it was paid/,
  /^buyer told of it .* after it was paid/,
  /^units put back .* after it was given back$/,
  /^coupon revoked .* after it was given back/,
  /^points taken back .* after it was given back/,
  /^buyer told of it .* after it was given back/,
]

test('who buys, pays and gives back reads it all, from four services, in the order in which it happened', async () => {
  const orderId = await buyOne('refunded')
  await post(orderId, 'payment', { method: 'sandbox' })
  await untilTold(orderId, /^buyer told of it .* after it was paid/)
  await post(orderId, 'refund')
  await untilTold(orderId, /^refund complete/)
  const story = await untilTold(orderId, /^buyer told of it .* after it was given back/)
  assert.deepEqual([story.state, story.missing, story.trace], ['refunded', [], 'unconfigured'])
  expectInOrder(story, REFUNDED)
  for (const each of EFFECTS) expectInOrder(story, [each])
  const order = JSON.parse((await call(`${url}/api/orders/${orderId}`, { token: buyer.accessToken })).body)
  assert.equal(story.traceId, order.traceId)
  const services = new Set(story.steps.map(({ service }) => service))
  assert.deepEqual([...services].toSorted(), ['functions', 'inventory', 'order', 'payment'])
  assert.deepEqual(await storyOf(orderId, operatorToken), story)
  assert.equal((await ask(orderId, other.accessToken)).status, 404)
})

test('a payment that fails and an order that is cancelled say so', async () => {
  const orderId = await buyOne('cancelled')
  await post(orderId, 'payment', { method: 'sandbox', outcome: 'fail' })
  await untilTold(orderId, /^failure noted/)
  await post(orderId, 'cancel')
  const story = await untilTold(orderId, /^buyer told of it/)
  expectInOrder(story, [
    /^reserved$/,
    /^payment failed .* later: the provider declined it/,
    /^failure noted .* after the payment was asked for$/,
    /^cancelled by the buyer .* after the order was written$/,
    /^buyer told of it .* after it was cancelled/,
  ])
  expectInOrder(story, [/^cancelled by the buyer/, /^units put back .* after it was cancelled$/])
})

test('an order that had to queue tells how long it waited for its turn', async () => {
  const orderId = await buyOne('queued', { guard: { stage: 'async', variant: 'guarded' } })
  expectInOrder(await untilTold(orderId, /^order\.placed told to Kafka/), [
    /^joined the queue and was decided .* later$/,
    /^reserved .* after it had joined the queue$/,
    /^order written/,
  ])
})

test('with a service away its part is missing and named, and the rest is told', async () => {
  const orderId = await buyOne('alone')
  await untilTold(orderId, /^order\.placed told to Kafka/)
  await system.stop('payment')
  const story = await storyOf(orderId)
  assert.deepEqual(story.missing, ['payment'])
  expectInOrder(story, [/^reserved$/, /^order written/])
})
