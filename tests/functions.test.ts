import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeadLetterPage } from '@stampede/contracts/dead-letters'
import { until } from '@stampede/kit/testing/until'
import { buy } from './support/attempts.ts'
import { call, openHouse, query } from './support/house.ts'
import { type Message, tell, untilHeard } from './support/tell.ts'

const house = await openHouse({ block: 0 })
const { system, url, operatorToken } = house
const [buyer] = await house.operator.hireBuyers(1)
assert.ok(buyer)
const LIST = `${url}/api/operator/dead-letters`
const EFFECTS_SQL = `select
  (select count(*)::int from functions.call where event::json->>'subject' = $1) as calls,
  (select count(*)::int from functions.call where event::json->>'subject' = $1 and state <> 'done') as undone,
  (select json_agg(state) from functions.coupon where order_id = $1::uuid) as coupons,
  (select json_agg(points order by points) from functions.points where order_id = $1::uuid) as points,
  (select json_agg(topic order by at) from functions.message where order_id = $1::uuid) as messages`
const HEARD_SQL = `select distinct event::json->>'type' as topic, $1::text as key, event as value
  from functions.call where event::json->>'subject' = $1`
const RUBBISH = ['stock.reserved', 'order.expired', 'order.paid'] as const

async function expectEffects(orderId: string, expected: { calls: number; undone: number }): Promise<void> {
  const look = async () => (await query<typeof expected>(house, EFFECTS_SQL, [orderId]))[0]
  await until('the calls of the order', async () => {
    const seen = await look()
    return seen?.undone === 0 && seen.calls >= expected.calls
  })
  assert.deepEqual(await look(), expected)
}

/** All that functions heard of an order comes once more. */
async function tellAgain(orderId: string): Promise<void> {
  const heard = await query<Message>(house, HEARD_SQL, [orderId])
  assert.ok(heard.length > 0)
  await untilHeard(house, 'functions', await tell(house, heard))
}

async function list(): Promise<DeadLetterPage> {
  const { status, body } = await call(LIST, { token: operatorToken })
  assert.equal(status, 200, body)
  return JSON.parse(body) as DeadLetterPage
}

async function replay(id: string, token?: string) {
  const { status, body } = await call(`${LIST}/${id}/replay`, { method: 'POST', ...(token && { token }) })
  return { status, ...(JSON.parse(body) as { code?: string; detail?: string }) }
}

test('a buyer who cancels an order is told of it once', async () => {
  const { saleId } = await house.openSale({ units: 1 })
  const { status, body } = await buy(house, { saleId, buyer, key: 'one', quantity: 1 })
  assert.equal(status, 201)
  const { orderId } = JSON.parse(body) as { orderId: string }
  const cancel = { method: 'POST', token: buyer.accessToken }
  assert.equal((await call(`${url}/api/orders/${orderId}/cancel`, cancel)).status, 200)
  const messages = () =>
    query<{ text: string }>(house, 'select text from functions.message where user_id = $1', [buyer.userId])
  await until('the message', async () => (await messages()).length > 0)
  assert.deepEqual(await messages(), [{ text: `Your order ${orderId} is cancelled.` }])
})

test('a buyer who pays earns a coupon, points and a message, once; a refund takes them back', async () => {
  const { saleId } = await house.openSale({ units: 1 })
  const { body } = await buy(house, { saleId, buyer, key: 'paid', quantity: 1 })
  const { orderId } = JSON.parse(body) as { orderId: string }
  const post = async (what: string, wish?: unknown) => {
    const path = `${url}/api/orders/${orderId}/${what}`
    const told = await call(path, { method: 'POST', token: buyer.accessToken, body: wish, key: what })
    assert.equal(told.status, 202, told.body)
  }
  const paid = { calls: 3, undone: 0, coupons: ['granted'], points: [19], messages: ['order.paid'] }
  const topics = ['order.paid', 'order.refunded']
  const refunded = { ...paid, calls: 6, coupons: ['revoked'], points: [-19, 19], messages: topics }
  await post('payment', { method: 'sandbox' })
  await expectEffects(orderId, paid)
  await tellAgain(orderId)
  await expectEffects(orderId, paid)
  await post('refund')
  await expectEffects(orderId, refunded)
  await tellAgain(orderId)
  await expectEffects(orderId, refunded)
})

test('an operator sees what no service could read, from all of them, and hears why a replay fails', async () => {
  await tell(
    house,
    RUBBISH.map((topic) => ({ topic, key: 'k', value: `no ${topic}` })),
  )
  const seen = async () => (await list()).letters.map(({ id, topic }) => `${id.split('.')[0]} ${topic}`)
  const expected = [
    'functions order.expired',
    'functions order.paid',
    'inventory order.expired',
    'order stock.reserved',
  ]
  await until('the letters', async () => {
    const all = new Set(await seen())
    return expected.every((each) => all.has(each))
  })
  const { letters } = await list()
  for (const { id, value, topic } of letters) {
    assert.equal(value, `no ${topic}`)
    const again = await replay(id, operatorToken)
    assert.deepEqual([again.status, again.code], [409, 'not_replayable'])
    assert.match(again.detail ?? '', /not JSON/)
  }
  assert.equal((await replay('functions.999999', operatorToken)).status, 404)
})

test('a buyer may not see or replay them, and nobody without a token', async () => {
  const [letter] = (await list()).letters
  assert.ok(letter)
  assert.equal((await call(LIST, { token: buyer.accessToken })).status, 403)
  assert.equal((await call(LIST)).status, 401)
  assert.equal((await replay(letter.id, buyer.accessToken)).status, 403)
  assert.equal((await replay(letter.id)).status, 401)
})

test('with a service away the letters of the others are shown, and it is named', async () => {
  await system.stop('functions')
  const { letters, away } = await list()
  assert.ok(away.includes('functions'))
  const services = new Set(letters.map(({ id }) => id.split('.')[0]))
  assert.ok(services.has('order') && services.has('inventory') && !services.has('functions'))
  const { status, code } = await replay('functions.1', operatorToken)
  assert.deepEqual([status, code], [503, 'unavailable'])
})
