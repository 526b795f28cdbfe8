import type { Cause } from '@stampede/contracts/orders'
import type { FailReason } from '@stampede/contracts/payments'
import type { Tx } from '@stampede/kit/postgres'
import type { KnownPayment, PaymentWish } from '../domain/payment.ts'
import { CHANGED_COLUMNS, changeSql } from './changes-postgres.ts'
import { type PaymentRow, tellMoney, tellRequested } from './news-outbox.ts'

/** More tries than anybody needs; each stands in the order's history. */
const PAYMENTS_MAX = 10

const ASK_SQL = `with changed as (
    update orders set paying = $4, paying_until = now() + make_interval(secs => $6), version = version + 1
    where user_id = $2 and order_id = $3 and state = 'pending' and expires_at > now()
      and (paying_until is null or paying_until <= now())
      and not exists (select from payment where payment_id = $4)
      and (select count(*) from payment where order_id = $3) < ${PAYMENTS_MAX}
    returning *
  ), step as (
    insert into order_step (order_id, version, state, cause)
    select order_id, version, state, $1 from changed
    returning order_id, at
  ), made as (
    insert into payment (payment_id, order_id, user_id, outcome, delay_ms)
    select paying, order_id, user_id, $5, $7 from changed
  )
  select ${CHANGED_COLUMNS}, paying as "paymentId",
    greatest(expires_at, paying_until) as "holdUntil"
  from changed join step using (order_id)`

// Whoever changes orders and their payments locks the orders first, sorted: nobody waits in a circle. `heard`
// names them.
export const LOCK_ORDERS = `locked as (
    select orders.order_id from orders join heard using (user_id, order_id)
    order by orders.order_id for no key update of orders
  )`

// A payment that had failed can still succeed at the provider. Of several for one order only one pays it;
// who finds it ended, or paid, is late, which is a step as well: but not beside the one that pays, for a
// statement changes a row once.
const SETTLE_SQL = `${changeSql(
  'pay',
  `with heard as (
    select payment_id, order_id, user_id from payment
    where payment_id = any($2::uuid[]) and state in ('requested', 'failed')
  ), ${LOCK_ORDERS}, chosen as (
    select user_id, order_id, payment_id from heard where (select count(*) from locked) > 0
  )`,
  `, paid_by = chosen.payment_id, refund_until = now() + make_interval(secs => $3)`,
)}, noted as (
    update payment set state = case when changed.paid_by is null then 'late' else 'settled' end
    from heard left join changed on changed.paid_by = heard.payment_id
    where payment.payment_id = heard.payment_id and payment.state in ('requested', 'failed')
    returning payment.user_id, payment.order_id
  ), late as (
    update orders set version = version + 1 from (select distinct user_id, order_id from noted) as noted
    where orders.user_id = noted.user_id and orders.order_id = noted.order_id
      and noted.order_id not in (select order_id from changed)
    returning orders.order_id, version, state
  ), late_step as (
    insert into order_step (order_id, version, state, cause) select order_id, version, state, $4 from late
  )
  select ${CHANGED_COLUMNS}, paid_by as "paymentId" from changed join step using (order_id)`

const FAIL_SQL = `with heard as (
    select payment_id, order_id, user_id, reason
    from unnest($2::uuid[], $3::text[]) as told (payment_id, reason) join payment using (payment_id)
    where state = 'requested'
  ), ${LOCK_ORDERS}, failed as (
    update payment set fail_reason = heard.reason,
      state = case when refunded_at is null then 'failed' else 'refunded' end
    from heard
    where payment.payment_id = heard.payment_id and payment.state = 'requested'
      and (select count(*) from locked) > 0
    returning payment.payment_id, payment.order_id, payment.user_id
  ), changed as (
    update orders set version = version + 1,
      paying = case when paying in (select payment_id from failed) then null else paying end,
      paying_until = case when paying in (select payment_id from failed) then null else paying_until end
    from (select distinct user_id, order_id from failed) as failed
    where orders.user_id = failed.user_id and orders.order_id = failed.order_id
    returning orders.order_id, version, state
  )
  insert into order_step (order_id, version, state, cause) select order_id, version, state, $1 from changed`

/**
 * Notes a payment and tells of it, if the order may be paid now: it is pending, in time, and no payment is
 * under way. The order then waits `holdSeconds` for it. Answers whether it was noted.
 */
export async function askRow(tx: Tx, wish: PaymentWish, holdSeconds: number): Promise<boolean> {
  const cause: Cause = 'payment-requested'
  const { userId, orderId, paymentId, outcome, delayMs } = wish
  const { rows } = await tx.query<PaymentRow & { holdUntil: Date }>({
    name: 'ask-payment',
    text: ASK_SQL,
    values: [cause, userId, orderId, paymentId, outcome, holdSeconds, delayMs],
  })
  tellRequested(
    tx,
    rows.map((row) => ({ ...row, outcome, delayMs })),
  )
  return rows.length > 0
}

/** A payment of this buyer, as it stands. */
export async function findPayment(
  tx: Pick<Tx, 'query'>,
  wish: PaymentWish,
): Promise<KnownPayment | undefined> {
  const { rows } = await tx.query<KnownPayment>(
    `select outcome, delay_ms as "delayMs", state from payment
     where payment_id = $1 and user_id = $2 and order_id = $3`,
    [wish.paymentId, wish.userId, wish.orderId],
  )
  return rows[0]
}

/**
 * Money came: orders that wait for it are paid, and stay refundable for so long; the rest of the money is
 * noted as late. Answers the number of orders paid. Safe to repeat.
 */
export async function settleRows(
  tx: Tx,
  paymentIds: readonly string[],
  refundSeconds: number,
): Promise<number> {
  if (paymentIds.length === 0) return 0
  const [cause, lateCause]: Cause[] = ['payment-settled', 'payment-late']
  const { rows } = await tx.query<PaymentRow>({
    name: 'settle-payments',
    text: SETTLE_SQL,
    values: [cause, paymentIds, refundSeconds, lateCause],
  })
  tellMoney(tx, 'paid', rows)
  return rows.length
}

/** A payment that failed, and why. */
export interface Failed {
  readonly paymentId: string
  readonly reason: FailReason
}

/** Payments failed: their orders no longer wait for them. Safe to repeat. */
export async function failRows(tx: Tx, failed: readonly Failed[]): Promise<void> {
  if (failed.length === 0) return
  const cause: Cause = 'payment-failed'
  // A payment fails once, though it may be told twice in a batch.
  const reasons = new Map(failed.map(({ paymentId, reason }) => [paymentId, reason]))
  const values = [cause, [...reasons.keys()], [...reasons.values()]]
  await tx.query({ name: 'fail-payments', text: FAIL_SQL, values })
}
