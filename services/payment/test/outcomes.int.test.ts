import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '@stampede/contracts/events'
import { deriveRefundId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { until } from '@stampede/kit/testing/until'
import { settleRefund } from '../src/adapters/refunds-postgres.ts'
import { type House, openHouse } from './house.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

const types = async (orderId: string) => (await house.told(orderId)).map(({ type }) => type)
const webhooks = (reference: string) => house.telling.calls.filter(({ body }) => body.includes(reference))

describe('each outcome, from the request to what is told', () => {
  test('succeed: settled, told once, in the words of the protocol', async () => {
    const wish = await house.request('succeed')
    const { paymentId, orderId, userId } = wish
    assert.equal((await house.ended(orderId)).state, 'settled')
    const [told, ...more] = await house.told(orderId)
    assert.deepEqual(more, [])
    assert.equal(told?.id, `${paymentId}.settled`)
    assert.deepEqual([told?.subject, told?.source], [orderId, 'urn:stampede:payment'])
    assert.deepEqual(told?.data, { paymentId, orderId, userId, amountCents: 1999, currency: 'EUR' })
    assert.equal((await house.charge(paymentId)).amountCents, 1999)
  })

  test('fail: failed for it was declined, and nothing was taken', async () => {
    const { paymentId, orderId, userId } = await house.request('fail')
    const { state, reason } = await house.ended(orderId)
    assert.deepEqual([state, reason], ['failed', 'declined'])
    const told = await house.told(orderId)
    assert.deepEqual(
      told.map(({ id, data }) => [id, data]),
      [[`${paymentId}.failed`, { paymentId, orderId, userId, reason: 'declined' }]],
    )
    assert.equal((await house.charge(paymentId)).amountCents, 0)
  })

  test('never: no webhook comes, so the provider is asked until it says', async () => {
    const { paymentId, orderId } = await house.request('never')
    assert.equal((await house.ended(orderId)).state, 'settled')
    assert.deepEqual(webhooks(paymentId), [])
    assert.ok(house.asking.count('GET', new RegExp(paymentId)) >= 1)
  })

  test('late: the money comes when the order has stopped waiting, not before', async () => {
    const holdUntil = new Date(Date.now() + 4_000).toISOString()
    const { orderId } = await house.request('late', { holdUntil })
    assert.equal((await house.ended(orderId)).state, 'settled')
    const [told] = await house.told(orderId)
    assert.ok(Date.parse(told?.time ?? '') > Date.parse(holdUntil))
  })

  test('asked for when the order has stopped waiting: nothing is taken, and the payment has failed', async () => {
    const holdUntil = new Date(Date.now() - 1).toISOString()
    const { paymentId, orderId, userId } = await house.request('succeed', { holdUntil })
    assert.equal((await house.ended(orderId)).state, 'failed')
    const [told] = await house.told(orderId)
    assert.deepEqual(told?.data, { paymentId, orderId, userId, reason: 'too-late' })
    const asked = house.asking.calls.filter(
      ({ method, body }) => method === 'POST' && body.includes(paymentId),
    )
    assert.deepEqual(asked, [])
  })

  test('duplicate: seven webhooks, settled and told once', async () => {
    const { paymentId, orderId } = await house.request('duplicate')
    await until('all webhooks', () => webhooks(paymentId).filter(({ status }) => status === 200).length === 7)
    assert.equal((await house.ended(orderId)).state, 'settled')
    assert.deepEqual(await types(orderId), ['payment.settled'])
  })

  test('out-of-order: “processing” after “succeeded” changes nothing', async () => {
    const { paymentId, orderId } = await house.request('out-of-order')
    await until(
      'both webhooks',
      () => webhooks(paymentId).filter(({ status }) => status === 200).length === 2,
    )
    assert.equal((await house.ended(orderId)).state, 'settled')
    assert.deepEqual(await types(orderId), ['payment.settled'])
  })

  test('wrong-amount: failed, and all that was taken goes back', async () => {
    const { paymentId, orderId } = await house.request('wrong-amount')
    const { state, reason } = await house.ended(orderId)
    assert.deepEqual([state, reason], ['failed', 'wrong-amount'])
    const refund = await house.refunded(orderId)
    assert.deepEqual([refund.amountCents, refund.cause], [2000, 'wrong-amount'])
    assert.equal(refund.refundId, deriveRefundId(paymentId, 'wrong-amount'))
    assert.deepEqual(await types(orderId), ['payment.failed', 'refund.settled'])
    const { amountCents, refundedCents } = await house.charge(paymentId)
    assert.deepEqual([amountCents, refundedCents], [2000, 2000])
  })

  test('a word that is no outcome: failed, and the provider never heard of it', async () => {
    const { paymentId, orderId } = await house.request('free of charge')
    assert.equal((await house.ended(orderId)).reason, 'declined')
    assert.equal(JSON.stringify(house.asking.calls).includes(paymentId), false)
  })
})

test('a payment asked for three times is charged once', async () => {
  const wish = await house.request('succeed')
  await house.request('succeed', wish)
  await house.ended(wish.orderId)
  await house.request('fail', wish)
  await sleep(500)
  const { payments } = await house.books(wish.orderId)
  assert.deepEqual(
    payments.map(({ state }) => state),
    ['settled'],
  )
  assert.deepEqual(await types(wish.orderId), ['payment.settled'])
})

test('who asks again after long hears again how it ended', async () => {
  const wish = await house.request('succeed')
  await house.ended(wish.orderId)
  const refundId = await house.refund(wish)
  await house.refunded(wish.orderId)
  const before = await house.told(wish.orderId)
  await house.sql.query(`update payment set ended_at = now() - interval '1 minute' where payment_id = $1`, [
    wish.paymentId,
  ])
  await house.sql.query(`update refund set settled_at = now() - interval '1 minute' where refund_id = $1`, [
    refundId,
  ])
  await house.request('succeed', wish)
  await house.refund(wish)
  const told = await until('both told again', async () => {
    const all = await house.told(wish.orderId)
    return all.length === 4 && all
  })
  const facts = (events: readonly Event[]) => events.map(({ id, type, data }) => ({ id, type, data }))
  assert.deepEqual(facts(told.slice(2)), facts(before))
  assert.equal((await house.charge(wish.paymentId)).refundedCents, 1999)
})

test('a refund is carried through and told once, in the words of the protocol', async () => {
  const wish = await house.request('succeed')
  const { paymentId, orderId, userId } = wish
  await house.ended(orderId)
  const refundId = await house.refund(wish)
  await house.refunded(orderId)
  const told = (await house.told(orderId)).at(-1)
  assert.deepEqual([told?.id, told?.type], [`${refundId}.settled`, 'refund.settled'])
  assert.deepEqual(told?.data, { refundId, paymentId, orderId, userId, amountCents: 1999, currency: 'EUR' })
  assert.equal((await house.charge(paymentId)).refundedCents, 1999)
})

test('a refund that two have heard confirmed is told by one', async () => {
  const wish = await house.request('succeed')
  await house.ended(wish.orderId)
  const refundId = await house.refund(wish)
  await house.refunded(wish.orderId)
  await transaction(house.sql, (tx) => settleRefund(tx, refundId))
  assert.deepEqual(await types(wish.orderId), ['payment.settled', 'refund.settled'])
})

test('a refund of what was not taken waits, and is told only when the money went back', async () => {
  const holdUntil = new Date(Date.now() + 4_000).toISOString()
  const wish = await house.request('late', { holdUntil })
  await until('the request', async () => (await house.books(wish.orderId)).payments.length === 1)
  await house.refund(wish)
  await until('a first try', async () => ((await house.books(wish.orderId)).refunds[0]?.tries ?? 0) > 0)
  assert.deepEqual(await types(wish.orderId), [])
  await house.refunded(wish.orderId)
  assert.deepEqual(await types(wish.orderId), ['payment.settled', 'refund.settled'])
})

test('a refund of a payment that failed is never told as done, and counts as overdue', async () => {
  const wish = await house.request('fail')
  await house.ended(wish.orderId)
  const refundId = await house.refund(wish)
  await until('some tries', async () => ((await house.books(wish.orderId)).refunds[0]?.tries ?? 0) > 1)
  assert.deepEqual(await types(wish.orderId), ['payment.failed'])
  await house.sql.query(
    `update refund set requested_at = now() - interval '2 minutes' where refund_id = $1`,
    [refundId],
  )
  const alarm = await until('the alarm', async () =>
    (await house.watched()).alarms.find(({ name }) => name === 'overdueRefunds'),
  )
  assert.equal(alarm.value, 1)
})
