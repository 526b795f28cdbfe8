import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { until } from '@stampede/kit/testing/until'
import { type House, openHouse } from './house.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())
beforeEach(() => {
  house.asking.fate = () => 'pass'
  house.telling.fate = () => 'pass'
})

const types = async (orderId: string) => (await house.told(orderId)).map(({ type }) => type)
const askedFor = (paymentId: string) =>
  house.asking.calls.filter(({ method, path, body }) => {
    return method === 'POST' && path === '/charges' && body.includes(paymentId)
  }).length

test('the provider away: the service stays ready, and charges when it is back', async () => {
  await house.stop('provider', 'SIGKILL')
  const wish = await house.request('succeed')
  await until('some tries', () => askedFor(wish.paymentId) >= 3)
  assert.deepEqual(await types(wish.orderId), [])
  const { status } = await house.readPayment<{ status: string }>('/health/ready')
  assert.equal(status, 'ok')
  await house.restart('provider')
  assert.equal((await house.ended(wish.orderId)).state, 'settled')
  assert.deepEqual(await types(wish.orderId), ['payment.settled'])
})

test('a charge whose first question was lost is asked for again, though its order has stopped waiting', async () => {
  let asks = 0
  house.asking.fate = ({ path }) => (path === '/charges' && asks++ === 0 ? 'swallow' : 'pass')
  const holdUntil = new Date(Date.now() + 1_500).toISOString()
  // It takes the money and sends no webhook: who gave up here would keep it for ever.
  const wish = await house.request('never', { holdUntil })
  assert.equal((await house.ended(wish.orderId, 30_000)).state, 'settled')
  assert.deepEqual(await types(wish.orderId), ['payment.settled'])
  house.asking.fate = () => 'pass'
})

test('the provider restarted while a charge is under way: it ends all the same', async () => {
  const holdUntil = new Date(Date.now() + 4_000).toISOString()
  const wish = await house.request('late', { holdUntil })
  await until('the charge', async () => (await house.charge(wish.paymentId)).state === 'processing')
  const { chargeId } = await house.charge(wish.paymentId)
  await house.stop('provider', 'SIGKILL')
  await house.restart('provider')
  assert.equal((await house.ended(wish.orderId)).state, 'settled')
  assert.equal((await house.charge(wish.paymentId)).chargeId, chargeId)
})

test('killed between charging and writing it down: charged once, settled by who comes next', async () => {
  // It takes the money, and we never hear of it: no answer, and “never” sends no webhook.
  house.asking.fate = ({ path }) => (path === '/charges' ? 'swallow' : 'pass')
  const wish = await house.request('never')
  await until('the charge', async () => (await house.charge(wish.paymentId)).state === 'succeeded')
  await house.stop('payment', 'SIGKILL')
  const { chargeId } = await house.charge(wish.paymentId)
  house.asking.fate = () => 'pass'
  await house.restart('payment')
  assert.equal((await house.ended(wish.orderId, 30_000)).state, 'settled')
  assert.ok(askedFor(wish.paymentId) >= 2)
  const charge = await house.charge(wish.paymentId)
  assert.deepEqual([charge.chargeId, charge.amountCents], [chargeId, 1999])
  assert.deepEqual(await types(wish.orderId), ['payment.settled'])
})

test('answers that make no sense or never come: asked again until one does', async () => {
  let answers = 0
  house.asking.fate = ({ path }) => {
    if (path !== '/charges') return 'pass'
    answers++
    return ([500, 401, 429, 'deaf', 302][answers - 1] as 'deaf' | number | undefined) ?? 'pass'
  }
  const wish = await house.request('succeed')
  assert.equal((await house.ended(wish.orderId, 30_000)).state, 'settled')
  assert.ok(answers >= 6)
})

test('webhooks nobody takes: the provider is asked instead', async () => {
  house.telling.fate = () => 503
  const wish = await house.request('succeed')
  assert.equal((await house.ended(wish.orderId)).state, 'settled')
  assert.ok(house.telling.calls.every(({ status, body }) => !body.includes(wish.paymentId) || status !== 200))
})

test('one refund, though asked for three times and the answers to it are lost', async () => {
  const wish = await house.request('succeed')
  await house.ended(wish.orderId)
  const credits = new RegExp(`${wish.paymentId}/credits`)
  house.asking.fate = ({ path }) =>
    credits.test(path) && house.asking.count('POST', credits) <= 2 ? 'swallow' : 'pass'
  const refundId = await house.refund(wish)
  await house.refund(wish)
  await house.refund(wish)
  await house.refunded(wish.orderId, 40_000)
  await house.refund(wish)
  assert.ok(house.asking.count('POST', credits) >= 3)
  assert.equal((await house.charge(wish.paymentId)).refundedCents, 1999)
  const { refunds } = await house.books(wish.orderId)
  assert.deepEqual(
    refunds.map(({ refundId: id, state }) => [id, state]),
    [[refundId, 'settled']],
  )
  assert.deepEqual(await types(wish.orderId), ['payment.settled', 'refund.settled'])
})

test('killed while it gives money back: the refund is carried through, once', async () => {
  const wish = await house.request('succeed')
  await house.ended(wish.orderId)
  house.asking.fate = ({ path }) => (path.includes('/credits') ? 'swallow' : 'pass')
  await house.refund(wish)
  await until('the credit', async () => (await house.charge(wish.paymentId)).refundedCents === 1999)
  await house.stop('payment', 'SIGKILL')
  house.asking.fate = () => 'pass'
  await house.restart('payment')
  await house.refunded(wish.orderId, 30_000)
  assert.equal((await house.charge(wish.paymentId)).refundedCents, 1999)
  assert.deepEqual(await types(wish.orderId), ['payment.settled', 'refund.settled'])
})
