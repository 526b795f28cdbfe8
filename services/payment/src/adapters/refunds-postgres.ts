import type { Event } from '@stampede/contracts/events'
import { deriveRefundId } from '@stampede/contracts/ids'
import { column, type Pool, type Tx } from '@stampede/kit/postgres'
import type { Taken } from '../domain/payment.ts'
import { type Matter, type RefundMatter, tellRefunded } from './news-outbox.ts'

/** A refund the provider has not confirmed. `tries` counts this one. */
export interface OpenRefund {
  readonly refundId: string
  readonly paymentId: string
  readonly amountCents: number
  readonly tries: number
  readonly traceparent: string | null
}

// Sorted, so that two consumers with overlapping events wait for each other instead of deadlocking.
const INSERT = `insert into refund
    (refund_id, payment_id, order_id, user_id, amount_cents, currency, cause, traceparent)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[],
    $8::text[]) as asked (refund_id)
  order by refund_id
  on conflict do nothing`
const TAKE = `update refund set tries = tries + 1, try_at = now() + $2 * interval '1 ms'
  where refund_id = any(array(
    select refund_id from refund where state = 'requested' and try_at <= now()
    order by try_at limit $1 for no key update skip locked))
  returning refund_id as "refundId", payment_id as "paymentId", amount_cents as "amountCents", tries,
    traceparent`
const DELAY = `update refund set try_at = now() + $2 * interval '1 ms'
  where refund_id = $1 and state = 'requested'`
const SETTLE = `update refund set state = 'settled', settled_at = now()
  where refund_id = $1 and state = 'requested'
  returning refund_id as "refundId", payment_id as "paymentId", order_id as "orderId", user_id as "userId",
    amount_cents as "amountCents", currency, traceparent, settled_at as at`

type Asked = Pick<Event<'refund.requested'>, 'data' | 'traceparent'>

/** Writes down what must go back. What is there already stays as it is. */
export async function insertRefunds(tx: Tx, events: readonly Asked[]): Promise<void> {
  await tx.query(INSERT, [
    column(events, ({ data }) => data.refundId),
    column(events, ({ data }) => data.paymentId),
    column(events, ({ data }) => data.orderId),
    column(events, ({ data }) => data.userId),
    column(events, ({ data }) => data.amountCents),
    column(events, ({ data }) => data.currency),
    column(events, ({ data }) => data.cause),
    events.map(({ traceparent }) => traceparent ?? null),
  ])
}

/** Writes down that what was taken for a payment, and was not what was asked for, goes back. */
export async function giveBack(tx: Tx, payment: Matter, taken: Taken): Promise<void> {
  if (taken.amountCents === 0) return
  const { paymentId, orderId, userId, traceparent } = payment
  const refundId = deriveRefundId(paymentId, 'wrong-amount')
  const data = { refundId, paymentId, orderId, userId, ...taken, cause: 'wrong-amount' } as const
  await insertRefunds(tx, [traceparent === null ? { data } : { data, traceparent }])
}

/** Takes refunds whose time has come and hides them for `leaseMs`. */
export async function takeRefunds(pool: Pool, max: number, leaseMs: number): Promise<OpenRefund[]> {
  return (await pool.query<OpenRefund>(TAKE, [max, leaseMs])).rows
}

export async function delayRefund(pool: Pool, refundId: string, pauseMs: number): Promise<void> {
  await pool.query(DELAY, [refundId, Math.round(pauseMs)])
}

/** Marks a refund the provider has confirmed and tells of it, once. */
export async function settleRefund(tx: Tx, refundId: string): Promise<void> {
  const { rows } = await tx.query<RefundMatter & { at: Date }>(SETTLE, [refundId])
  for (const row of rows) tellRefunded(tx, row, row.at)
}
