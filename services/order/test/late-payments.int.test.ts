import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { deriveRefundId } from '@stampede/contracts/ids'
import { until } from '@stampede/kit/testing/until'
import { type Harness, openHarness } from './harness.ts'
import { openPaying, type Paying } from './paying.ts'

describe('money that comes too late', () => {
  let house: Harness
  let paying: Paying
  before(async () => {
    // No sweeper of its own: these tests choose when to expire.
    house = await openHarness({ env: { SWEEP_EVERY_MS: '60000' } })
    paying = openPaying(house)
  })
  after(() => house.close())

  test('money for an order that has expired pays it when its units can be had again', async () => {
    const claim = await paying.placed()
    const paymentId = await paying.asked(claim)
    await paying.expired(claim)
    house.inventory.revive = ({ claimId, version }) => claimId === claim.claimId && version === 3
    await paying.settle(claim, paymentId)
    const order = await paying.becomes(claim, 'revived')
    assert.deepEqual([order.state, order.payment?.state], ['paid', 'settled'])
    assert.equal((await paying.toldOf('order.paid', claim)).length, 1)
    assert.deepEqual(await paying.refundsOf(claim), [])
  })

  test('otherwise it goes back, and inventory hears of the end again, under a later version', async () => {
    const claim = await paying.placed()
    const paymentId = await paying.asked(claim)
    await paying.expired(claim)
    house.inventory.revive = () => false
    await paying.settle(claim, paymentId)
    const order = await paying.becomes(claim, 'payment-returned')
    assert.deepEqual([order.state, order.payment?.state], ['expired', 'refunding'])
    const [refund, ...more] = await paying.refundsOf(claim)
    assert.deepEqual([refund?.cause, more], ['late', []])
    const versions = (await paying.toldOf('order.expired', claim)).map(
      ({ data }) => (data as { version: number }).version,
    )
    assert.deepEqual(versions, [2, 4])
    const refundId = deriveRefundId(paymentId, 'late')
    assert.equal(refund?.refundId, refundId)
    await house.tellPayment('refund.settled', { refundId, ...paying.moneyOf(claim, paymentId) })
    assert.equal((await paying.becomes(claim, 'refund-settled')).payment?.state, 'refunded')
  })

  test('while inventory does not answer, late money waits; other money goes back meanwhile', async () => {
    house.inventory.revive = null
    const [claim, cancelled] = [await paying.placed(), await paying.placed()]
    const paymentId = await paying.asked(claim)
    await paying.expired(claim)
    await paying.settle(claim, paymentId)
    const other = await paying.asked(cancelled)
    await house.cancel(cancelled.userId, cancelled.claimId)
    await paying.settle(cancelled, other)
    await paying.becomes(cancelled, 'payment-returned')
    assert.deepEqual(
      (await paying.refundsOf(cancelled)).map(({ cause }) => cause),
      ['late'],
    )
    assert.equal((await house.read(claim.userId, claim.claimId)).payment?.state, 'late')
    house.inventory.revive = () => true
    const next = await paying.placed()
    // Money of another one that is late wakes the sweep.
    const nextId = await paying.asked(next)
    await paying.expired(next)
    await until('revived', async () => {
      await paying.settle(next, nextId)
      return (await house.read(claim.userId, claim.claimId)).state === 'paid'
    })
  })

  test('what comes late, and what fails after the end, is told as a step of the order', async () => {
    house.inventory.revive = null
    const claim = await paying.placed()
    const first = await paying.asked(claim)
    await house.sql.query('update orders set paying_until = now() where order_id = $1', [claim.claimId])
    const second = await paying.asked(claim)
    await paying.expired(claim)
    await paying.settle(claim, first)
    await paying.becomes(claim, 'payment-late')
    const { orderId, userId } = paying.moneyOf(claim, second)
    await house.tellPayment('payment.failed', { paymentId: second, orderId, userId, reason: 'declined' })
    const { state, version } = await paying.becomes(claim, 'payment-failed')
    assert.deepEqual([state, version], ['expired', 5])
    house.inventory.revive = () => false
  })

  test('two payments of one order that fail in one batch leave nothing to wait for', async () => {
    const claim = await paying.placed()
    const first = await paying.asked(claim)
    await house.sql.query('update orders set paying_until = now() where order_id = $1', [claim.claimId])
    const second = await paying.asked(claim)
    const { orderId, userId } = paying.moneyOf(claim, second)
    const failed = [first, second].map((paymentId) => ({
      paymentId,
      orderId,
      userId,
      reason: 'declined' as const,
    }))
    await house.tellPayment('payment.failed', ...failed)
    await paying.becomes(claim, 'payment-failed')
    assert.equal((await house.pay(claim)).status, 202)
  })

  test('a paid order shows the payment that paid it, not one that came after', async () => {
    const claim = await paying.placed()
    const first = await paying.asked(claim)
    await house.sql.query('update orders set paying_until = now() where order_id = $1', [claim.claimId])
    const second = await paying.asked(claim)
    await paying.settle(claim, first)
    await paying.becomes(claim, 'payment-settled')
    await paying.settle(claim, second)
    const { payment } = await paying.becomes(claim, 'payment-returned')
    assert.deepEqual(payment, { paymentId: first, state: 'settled' })
  })

  test('of two payments for one order the second goes back', async () => {
    const claim = await paying.placed()
    const first = await paying.asked(claim)
    await house.sql.query(`update orders set paying_until = now() where order_id = $1`, [claim.claimId])
    const second = await paying.asked(claim)
    await house.tellPayment('payment.settled', paying.moneyOf(claim, second), paying.moneyOf(claim, first))
    await paying.becomes(claim, 'payment-returned')
    const refunds = await paying.refundsOf(claim)
    assert.deepEqual(
      refunds.map(({ cause }) => cause),
      ['surplus'],
    )
    assert.equal((await paying.toldOf('order.paid', claim)).length, 1)
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'paid')
  })
})
