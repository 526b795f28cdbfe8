import type { Cause } from '@stampede/contracts/orders'
import type { Tx } from '@stampede/kit/postgres'
import type { KnownRefund, RefundWish } from '../domain/payment.ts'
import { CHANGED_COLUMNS, changeSql } from './changes-postgres.ts'
import { type PaymentRow, tellMoney, tellRefunds } from './news-outbox.ts'
import { LOCK_ORDERS } from './payments-postgres.ts'

const REFUND_SQL = `${changeSql(
  'refund',
  `with chosen as (
    select user_id, order_id from orders where user_id = $2 and order_id = $3 and refund_until > now()
  )`,
)}, noted as (
    update payment set state = 'refunding', refund_cause = 'buyer', refund_print = $4, told_at = now()
    from changed where payment_id = changed.paid_by
  )
  select ${CHANGED_COLUMNS}, paid_by as "paymentId" from changed join step using (order_id)`

const FIND_SQL = `select payment_id as "paymentId", refund_print as "keyPrint", state from payment
  where user_id = $1 and order_id = $2 and refund_cause = 'buyer'`

// Of a wrong amount we may hear that it went back before we hear that it failed.
const END_SQL = `with heard as (
    select payment_id, order_id, user_id from payment
    where payment_id = any($2::uuid[]) and refunded_at is null
  ), ${LOCK_ORDERS}, gone as (
    update payment set refunded_at = now(),
      state = case when state in ('refunding', 'failed') then 'refunded' else state end
    from heard
    where payment.payment_id = heard.payment_id and payment.refunded_at is null
      and (select count(*) from locked) > 0
    returning payment.order_id, payment.user_id
  ), changed as (
    update orders set version = version + 1 from (select distinct user_id, order_id from gone) as gone
    where orders.user_id = gone.user_id and orders.order_id = gone.order_id
    returning orders.order_id, version, state
  )
  insert into order_step (order_id, version, state, cause) select order_id, version, state, $1 from changed`

/** A paid order goes back, if it is time: the units at once, the money on its way. */
export async function refundRow(tx: Tx, { userId, orderId, keyPrint }: RefundWish): Promise<void> {
  const cause: Cause = 'refund-requested'
  const values = [cause, userId, orderId, keyPrint]
  const { rows } = await tx.query<PaymentRow>({ name: 'refund-order', text: REFUND_SQL, values })
  tellMoney(tx, 'refunded', rows)
  tellRefunds(tx, 'buyer', rows)
}

export async function findRefund(
  tx: Pick<Tx, 'query'>,
  { userId, orderId }: RefundWish,
): Promise<KnownRefund | undefined> {
  return (await tx.query<KnownRefund>(FIND_SQL, [userId, orderId])).rows[0]
}

/** The money has gone back. Safe to repeat. */
export async function endRefundRows(tx: Tx, paymentIds: readonly string[]): Promise<void> {
  if (paymentIds.length === 0) return
  const cause: Cause = 'refund-settled'
  await tx.query({ name: 'end-refunds', text: END_SQL, values: [cause, paymentIds] })
}
