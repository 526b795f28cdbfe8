import { newId } from '@stampede/contracts/ids'
import { ANN, BOB, CAY, CAYS, DAN, DANS, EVE, EVES, type Paid, type Wish } from './small-lives.ts'
import type { Damage } from './stock-damage.ts'

const HISTORY = /^the history/
const REASON = /^an order ends for a reason/
const TOLD = /^every 202/
const KEPT = /^money is kept/
const LATE = /^late money/
const TWICE = /given back twice/
const CHARGE = /^each charge/
const COUPON = /has its coupon/
const POINTS = /^points/
const CALLS = /every call of a function/
const CONSUMED = /was consumed/

const [FAILED, SETTLED] = CAYS
const NEVER = `'2036-01-01'`

export const STEP_DAMAGE: Damage = [
  ['a gap in a history', `UPDATE orders.order_step SET version = 9 ${of(CAY)} AND version = 4`, HISTORY],
  ['a step that may not follow', `UPDATE orders.order_step SET cause = 'revived' ${of(CAY)}`, HISTORY],
  ['an end without its step', `DELETE FROM orders.order_step ${of(BOB)}`, HISTORY],
  ['an order that is not what it became', setState('pending'), HISTORY],
  ['a version nobody made', `UPDATE orders.orders SET version = 1 ${of(ANN)}`, HISTORY],
  ['an order expired too early', `UPDATE orders.orders SET expires_at = ${NEVER} ${of(EVE)}`, REASON],
  ['an order expired in spite of its payment', setTill(EVES, `hold_until = ${NEVER}`), REASON],
  ['an order that never ends', `UPDATE orders.orders SET expires_at = now() - interval '1 hour'`, REASON],
  ['a cancelled order still pending', setState('pending'), REASON],
]

export const MONEY_DAMAGE: Damage = [
  ['a lost payment', `DELETE FROM orders.payment ${by(FAILED)}`, TOLD],
  ['a payment with another outcome', setPayment(FAILED, `outcome = 'late'`), TOLD],
  ['a payment of somebody else', setTwins(FAILED, `order_id = '${DAN.orderId}'`), TOLD],
  ['a refund for another cause', `UPDATE payments.refund SET cause = 'late' ${by(DANS)}`, TOLD],
  ['a refund of the buyer that is not there', `DELETE FROM payments.refund ${by(DANS)}`, TOLD],
  ['a cent the provider gave back', setCharge(SETTLED, 'refunded_cents = 1'), KEPT],
  ['money we did not take', setTill(SETTLED, `state = 'failed', reason = 'declined'`), KEPT],
  ['a refund under way', `UPDATE payments.refund SET state = 'requested', settled_at = NULL`, KEPT],
  ['an order paid by nothing', setPayment(SETTLED, `state = 'refunded'`), KEPT],
  ['a charge for nobody', chargeNobody(), KEPT],
  ['late money kept', `DELETE FROM payments.refund ${by(EVES)}`, LATE],
  ['late money given back in part', `UPDATE payments.refund SET amount_cents = 1 ${by(EVES)}`, LATE],
  ['money in time given back as late', refundAgain(SETTLED, EVES), LATE],
  ['a refund the provider knows nothing of', 'DELETE FROM provider.credit', TWICE],
  ['a credit nobody asked for', creditAgain(DANS), TWICE],
  ['two refunds of a payment', refundAgain(DANS, DANS), TWICE],
  ['a charge beside another', setCharge(FAILED, `state = 'succeeded', taken_cents = asked_cents`), TWICE],
  ['a credit that was not counted', setCharge(DANS, 'refunded_cents = 0'), TWICE],
  ['a charge that never ended', setCharge(SETTLED, `state = 'processing'`), CHARGE],
  ['a payment of another amount', setTill(SETTLED, 'amount_cents = 1'), CHARGE],
  ['a price nobody asked for', 'UPDATE orders.orders SET unit_price_cents = 1', CHARGE],
  ['a failure told as a refund', setPayment(FAILED, `state = 'refunded'`), CHARGE],
  ['a payment its order does not know', `DELETE FROM orders.payment ${by(FAILED)}`, CHARGE],
  ['a payment without its charge', `DELETE FROM provider.charge WHERE state = 'failed'`, CHARGE],
  ['a charge of a payment that was too late', tooLate(), CHARGE],
  ['a webhook nobody took', leaveWebhook(SETTLED), CHARGE],
  ['a request nobody heard', `DELETE FROM payments.payment ${by(FAILED)}`, CONSUMED],
  ['a refund nobody heard of', 'DELETE FROM payments.refund', CONSUMED],
  ['money its order never heard of', setPayment(SETTLED, `state = 'requested'`), CONSUMED],
  ['a failure its order never heard of', setPayment(FAILED, `state = 'requested'`), CONSUMED],
  ['a refund its order never heard of', setPayment(DANS, `state = 'refunding'`), CONSUMED],
]

/** What may be, and nothing may find. */
export const SOUND: readonly (readonly [what: string, sql: string])[] = [
  ['a payment that came too late to be charged', `${setTill(FAILED, `reason = 'too-late'`)}; ${uncharge()}`],
]

export const EFFECT_DAMAGE: Damage = [
  ['a coupon that is missing', `DELETE FROM functions.coupon ${of(CAY)}`, COUPON],
  ['a coupon not revoked', `UPDATE functions.coupon SET state = 'granted' ${of(DAN)}`, COUPON],
  ['a coupon of an earlier version', `UPDATE functions.coupon SET version = 1 ${of(CAY)}`, COUPON],
  ['a coupon for nothing', couponFor(ANN), COUPON],
  ['points that are missing', `DELETE FROM functions.points ${of(CAY)}`, POINTS],
  ['a point too many', `UPDATE functions.points SET points = points + 1 ${of(CAY)}`, POINTS],
  ['points not taken back', `DELETE FROM functions.points WHERE kind = 'reversed'`, POINTS],
  ['an end nobody was told of', `DELETE FROM functions.message ${of(BOB)}`, CALLS],
  ['a message about nothing', messageTo(ANN), CALLS],
  ['a call given up', `UPDATE functions.call SET state = 'dead', result = NULL`, CALLS],
  ['a call nobody made', `DELETE FROM functions.call WHERE function = 'points'`, CALLS],
]

function of({ orderId }: Wish): string {
  return `WHERE order_id = '${orderId}'`
}

function by({ paymentId }: Paid): string {
  return `WHERE payment_id = '${paymentId}'`
}

function setState(state: string): string {
  return `UPDATE orders.orders SET state = '${state}' ${of(BOB)}`
}

/** As its order sees it. */
function setPayment(payment: Paid, sets: string): string {
  return `UPDATE orders.payment SET ${sets} ${by(payment)}`
}

/** As the payment service sees it. */
function setTill(payment: Paid, sets: string): string {
  return `UPDATE payments.payment SET ${sets} ${by(payment)}`
}

function setTwins(payment: Paid, sets: string): string {
  return `${setPayment(payment, sets)}; ${setTill(payment, sets)}`
}

function setCharge({ paymentId }: Paid, sets: string): string {
  return `UPDATE provider.charge SET ${sets} WHERE reference = '${paymentId}'`
}

function uncharge(): string {
  return `DELETE FROM provider.charge WHERE reference = '${FAILED.paymentId}'`
}

function tooLate(): string {
  return `${setTill(FAILED, `reason = 'too-late'`)}; ${setCharge(FAILED, `state = 'succeeded'`)}`
}

function chargeNobody(): string {
  return `INSERT INTO provider.charge (reference, charge_id, asked_cents, currency, outcome, due_at)
    VALUES ('${newId()}', '${newId()}', 1, 'EUR', 'succeed', now())`
}

/** A second refund, of this payment, in the words of another one's. */
function refundAgain(payment: Paid, like: Paid): string {
  return `INSERT INTO payments.refund (refund_id, payment_id, order_id, user_id, amount_cents, currency,
      cause, state, settled_at)
    SELECT '${newId()}', '${payment.paymentId}', order_id, user_id, amount_cents, currency,
      cause, state, settled_at FROM payments.refund ${by(like)}`
}

function creditAgain({ paymentId }: Paid): string {
  return `INSERT INTO provider.credit (reference, charge_reference, amount_cents)
    VALUES ('${newId()}', '${paymentId}', 0)`
}

function leaveWebhook({ paymentId }: Paid): string {
  const body = JSON.stringify({ data: { reference: paymentId } })
  return `INSERT INTO provider.webhook (event_id, body) VALUES ('${newId()}', '${body}')`
}

function couponFor({ orderId, userId }: Wish): string {
  return `INSERT INTO functions.coupon VALUES ('${orderId}', '${userId}', 'THANKS', 5, 'granted', 1)`
}

function messageTo({ orderId, userId }: Wish): string {
  return `INSERT INTO functions.message (event_id, user_id, order_id, topic, text)
    VALUES ('${orderId}.paid.1', '${userId}', '${orderId}', 'order.paid', 'News')`
}
