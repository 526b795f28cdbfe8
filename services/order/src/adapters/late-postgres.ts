import type { Cause } from '@stampede/contracts/orders'
import type { RefundCause } from '@stampede/contracts/payments'
import type { Tx } from '@stampede/kit/postgres'
import type { LatePayment } from '../domain/payment.ts'
import { CHANGED_COLUMNS, changeSql } from './changes-postgres.ts'
import { type PaymentRow, tellEnded, tellMoney, tellRefunds } from './news-outbox.ts'

const TAKE_SQL = `select payment_id as "paymentId", order_id as "orderId", user_id as "userId",
    sale_id as "saleId", quantity, version, orders.state
  from payment join orders using (user_id, order_id)
  where payment.state = 'late' and (orders.state = 'expired') = $2
  order by late_tried_at nulls first, payment.at limit $1 for no key update skip locked`

const REVIVE_SQL = `${changeSql(
  'revive',
  `with chosen as (
    select user_id, order_id, payment_id from payment where payment_id = any($2::uuid[]) order by order_id
  )`,
  `, paid_by = chosen.payment_id, refund_until = now() + make_interval(secs => $3)`,
)}, noted as (
    update payment set state = 'settled' from changed where payment_id = changed.paid_by
  )
  select ${CHANGED_COLUMNS}, paid_by as "paymentId" from changed join step using (order_id)`

// One step for each order, so only one payment of each.
const RETURN_SQL = `with owed as (
    update payment set state = 'refunding', refund_cause = $3, told_at = now()
    where payment_id = any($2::uuid[]) and state = 'late'
    returning payment_id, order_id, user_id
  ), changed as (
    update orders set version = version + 1 from owed
    where orders.user_id = owed.user_id and orders.order_id = owed.order_id
    returning orders.*, payment_id
  ), step as (
    insert into order_step (order_id, version, state, cause) select order_id, version, state, $1 from changed
    returning order_id, at
  )
  select ${CHANGED_COLUMNS}, payment_id as "paymentId" from changed join step using (order_id)`

// Scattered, so that the next round mixes them anew: some may have got no answer only because of those they
// were asked with.
const PUT_OFF_SQL = `update payment set late_tried_at = now() + random() * interval '1 second'
  where payment_id = any($1::uuid[])`

/**
 * Late payments nobody else has in hand, at most one of each order; both stay locked. Those that were put off
 * come last.
 */
export async function takeLate(tx: Tx, which: 'expired' | 'others', rowsMax: number): Promise<LatePayment[]> {
  const { rows } = await tx.query<LatePayment>(TAKE_SQL, [rowsMax, which === 'expired'])
  const first = new Map(rows.toReversed().map((row) => [row.orderId, row]))
  return [...first.values()]
}

/** Nothing can be said of them now: the next rounds take others first. */
export async function putOffRows(tx: Tx, late: readonly LatePayment[]): Promise<void> {
  if (late.length > 0) await tx.query(PUT_OFF_SQL, [late.map(({ paymentId }) => paymentId)])
}

/** Orders that had expired are paid after all: their units are held again. */
export async function reviveRows(tx: Tx, late: readonly LatePayment[], refundSeconds: number): Promise<void> {
  if (late.length === 0) return
  const cause: Cause = 'revived'
  const values = [cause, late.map(({ paymentId }) => paymentId), refundSeconds]
  const { rows } = await tx.query<PaymentRow>({ name: 'revive-orders', text: REVIVE_SQL, values })
  tellMoney(tx, 'paid', rows)
}

/**
 * The money goes back. An order that had expired says so once more, under a later version: should inventory
 * hold its units by a question that was only slow, it lets them go.
 */
export async function returnRows(
  tx: Tx,
  why: 'late' | 'surplus',
  late: readonly LatePayment[],
): Promise<void> {
  if (late.length === 0) return
  const cause: Cause = 'payment-returned'
  const refundCause: RefundCause = why
  const values = [cause, late.map(({ paymentId }) => paymentId), refundCause]
  const { rows } = await tx.query<PaymentRow>({ name: 'return-payments', text: RETURN_SQL, values })
  tellRefunds(tx, refundCause, rows)
  const expired = new Set(late.filter(({ state }) => state === 'expired').map(({ orderId }) => orderId))
  tellEnded(
    tx,
    'expired',
    rows.filter(({ orderId }) => expired.has(orderId)),
  )
}
