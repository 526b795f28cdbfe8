import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { deriveRefundId, newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { until } from '@stampede/kit/testing/until'
import { retellRows } from '../src/adapters/retell-postgres.ts'
import { type Harness, newClaim, openHarness } from './harness.ts'
import { openPaying, type Paying, TOTAL } from './paying.ts'

describe('paying an order', () => {
  let house: Harness
  let paying: Paying
  before(async () => {
    // No sweeper of its own: these tests choose when to expire.
    house = await openHarness({ env: { SWEEP_EVERY_MS: '60000' } })
    paying = openPaying(house)
  })
  after(() => house.close())

  test('who asks to pay is told so at once, and the payment service hears what it needs', async () => {
    const claim = await paying.placed()
    const { status, body } = await house.pay(claim, { outcome: 'late', delayMs: 7 })
    assert.deepEqual([status, body.state], [202, 'requested'])
    const [event] = await paying.toldOf('payment.requested', claim)
    assert.ok(event)
    const { holdUntil, ...data } = event.data as { holdUntil: string }
    assert.deepEqual(data, { ...paying.moneyOf(claim, body.paymentId), outcome: 'late', delayMs: 7 })
    const order = await house.read(claim.userId, claim.claimId)
    assert.equal(holdUntil, order.expiresAt, 'an order waits at least as long as it may be paid')
    assert.deepEqual(order.payment, { paymentId: body.paymentId, state: 'requested' })
  })

  test('asked in the last moment of its window, an order waits beyond it', async () => {
    const claim = await paying.placed()
    await house.sql.query(`update orders set expires_at = now() + interval '2 s' where order_id = $1`, [
      claim.claimId,
    ])
    await paying.asked(claim)
    const [event] = await paying.toldOf('payment.requested', claim)
    const aheadMs = Date.parse((event as { data: { holdUntil: string } }).data.holdUntil) - Date.now()
    assert.ok(aheadMs > 20_000 && aheadMs <= 30_000, `held for ${aheadMs} ms`)
  })

  test('after ten tries an order is not paid any more', async () => {
    const claim = await paying.placed()
    for (let i = 0; i < 10; i++) {
      const paymentId = await paying.asked(claim)
      const { orderId, userId } = paying.moneyOf(claim, paymentId)
      await house.tellPayment('payment.failed', { paymentId, orderId, userId, reason: 'declined' })
      await until('failed', async () => {
        const { payment } = await house.read(claim.userId, claim.claimId)
        return payment?.paymentId === paymentId && payment.state === 'failed'
      })
    }
    assert.equal((await house.pay(claim)).body.code, 'not_payable')
  })

  test('the same key again is the same payment, with another outcome it is refused', async () => {
    const claim = await paying.placed()
    const paymentId = newId()
    const answers = await Promise.all(Array.from({ length: 20 }, () => house.pay(claim, { paymentId })))
    assert.ok(answers.every(({ status, body }) => status === 202 && body.paymentId === paymentId))
    assert.equal((await paying.toldOf('payment.requested', claim)).length, 1)
    const other = await house.pay(claim, { paymentId, outcome: 'fail' })
    assert.deepEqual([other.status, other.body.code], [422, 'idempotency_key_reused'])
    assert.equal((await house.pay(claim, { paymentId, delayMs: 1 })).status, 422)
    await paying.settle(claim, paymentId)
    await paying.becomes(claim, 'payment-settled')
    assert.equal((await house.pay(claim, { paymentId })).body.state, 'settled')
  })

  test('only one payment is under way at a time, and none after the end or for a stranger', async () => {
    const claim = await paying.placed()
    await paying.asked(claim)
    const second = await house.pay(claim)
    assert.deepEqual([second.status, second.body.code], [409, 'not_payable'])
    assert.equal((await house.pay({ ...claim, userId: newId() })).status, 404)
    assert.equal((await house.pay(newClaim())).status, 404)
    const overdue = await paying.placed()
    await paying.makeOverdue(overdue)
    assert.equal((await house.pay(overdue)).body.code, 'not_payable')
    assert.deepEqual(await paying.historyOf(overdue), ['pending placed'])
  })

  test('money that comes pays the order, once, however often it is told', async () => {
    const claim = await paying.placed()
    const paymentId = await paying.asked(claim)
    for (let i = 0; i < 3; i++) await paying.settle(claim, paymentId)
    const order = await paying.becomes(claim, 'payment-settled')
    assert.equal(order.state, 'paid')
    assert.ok(Date.parse(order.refundUntil as string) > Date.now() + 13 * 86_400_000)
    await paying.settle(claim, paymentId)
    const next = await paying.placed()
    await paying.settle(next, await paying.asked(next))
    await paying.becomes(next, 'payment-settled')
    assert.deepEqual(await paying.historyOf(claim), [
      'pending placed',
      'pending payment-requested',
      'paid payment-settled',
    ])
    const [paid, ...more] = await paying.toldOf('order.paid', claim)
    assert.deepEqual(more, [])
    const { claimId: orderId, saleId, userId } = claim
    assert.deepEqual(paid?.data, {
      ...{ orderId, saleId, userId, quantity: 1, version: 2 },
      ...{ paymentId, totalCents: TOTAL, currency: 'EUR' },
    })
  })

  test('a payment that failed frees the order for another one', async () => {
    const claim = await paying.placed()
    const paymentId = await paying.asked(claim)
    const { orderId, userId } = paying.moneyOf(claim, paymentId)
    await house.tellPayment('payment.failed', { paymentId, orderId, userId, reason: 'declined' })
    const { payment } = await paying.becomes(claim, 'payment-failed')
    assert.deepEqual(payment, { paymentId, state: 'failed', reason: 'declined' })
    const second = await paying.asked(claim)
    await paying.settle(claim, second)
    assert.equal((await paying.becomes(claim, 'payment-settled')).payment?.paymentId, second)
  })

  test('that a wrong amount went back may be heard before it failed', async () => {
    const claim = await paying.placed()
    const paymentId = await paying.asked(claim)
    const { orderId, userId } = paying.moneyOf(claim, paymentId)
    const refundId = deriveRefundId(paymentId, 'wrong-amount')
    for (let i = 0; i < 3; i++) {
      await house.tellPayment('refund.settled', { refundId, ...paying.moneyOf(claim, paymentId) })
    }
    await paying.becomes(claim, 'refund-settled')
    await house.tellPayment('payment.failed', { paymentId, orderId, userId, reason: 'wrong-amount' })
    assert.equal((await paying.becomes(claim, 'payment-failed')).payment?.state, 'refunded')
    assert.equal((await paying.historyOf(claim)).length, 4)
    assert.equal((await house.pay(claim)).status, 202)
  })

  test('an order with a payment under way does not expire before the hold ends, then it does', async () => {
    const claim = await paying.placed()
    await paying.asked(claim)
    await house.sql.query(`update orders set expires_at = now() - interval '1 second' where order_id = $1`, [
      claim.claimId,
    ])
    await paying.expire()
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'pending')
    await paying.expired(claim)
  })

  test('a paid order can be given back by its owner, once and in time', async () => {
    const claim = await paying.placed()
    assert.equal((await house.refund(claim)).body.code, 'not_refundable')
    const paymentId = await paying.asked(claim)
    await paying.settle(claim, paymentId)
    await paying.becomes(claim, 'payment-settled')
    assert.equal((await house.refund({ ...claim, userId: newId() })).status, 404)
    const answers = await Promise.all(Array.from({ length: 10 }, () => house.refund(claim, 7)))
    const refundId = deriveRefundId(paymentId, 'buyer')
    for (const { status, body } of answers) {
      assert.deepEqual([status, body], [202, { refundId, paymentId, state: 'refunding' }])
    }
    assert.deepEqual([(await house.refund(claim, 8)).body.code], ['not_refundable'])
    assert.equal((await paying.toldOf('order.refunded', claim)).length, 1)
    assert.equal((await paying.refundsOf(claim)).length, 1)
    await house.tellPayment('refund.settled', { refundId, ...paying.moneyOf(claim, paymentId) })
    await paying.becomes(claim, 'refund-settled')
    assert.equal((await house.refund(claim, 7)).body.state, 'refunded')
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'refunded')
  })

  test('what is not answered for long is asked for again, by the same ids', async () => {
    const [open, claim] = [await paying.placed(), await paying.placed()]
    const openId = await paying.asked(open)
    const paymentId = await paying.asked(claim)
    await paying.settle(claim, paymentId)
    await paying.becomes(claim, 'payment-settled')
    await house.refund(claim)
    const retell = () => transaction(house.sql, (tx) => retellRows(tx, 100, 60))
    await retell()
    const told = async (topic: 'payment.requested' | 'refund.requested', of: typeof claim) =>
      (await paying.toldOf(topic, of)).map(({ id, data }) => ({ id, data }))
    assert.equal((await told('payment.requested', open)).length, 1, 'not yet')
    await house.sql.query(`update payment set told_at = now() - interval '61 seconds'`)
    for (let i = 0; i < 2; i++) await retell()
    const [first, again, ...more] = await told('payment.requested', open)
    assert.deepEqual([again, more], [first, []])
    assert.equal(first?.id, `${openId}.requested`)
    assert.equal((await told('payment.requested', claim)).length, 1, 'what is settled is not asked for')
    const [refund, refundAgain, ...others] = await told('refund.requested', claim)
    assert.deepEqual([refundAgain, others], [refund, []])
  })

  test('after refundUntil a paid order stays paid', async () => {
    const claim = await paying.placed()
    await paying.settle(claim, await paying.asked(claim))
    await paying.becomes(claim, 'payment-settled')
    await house.sql.query(`update orders set refund_until = now() where order_id = $1`, [claim.claimId])
    assert.equal((await house.refund(claim)).body.code, 'not_refundable')
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'paid')
  })
})
