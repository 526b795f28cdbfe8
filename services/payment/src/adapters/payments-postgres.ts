import type { Event } from '@stampede/contracts/events'
import { column, type Pool, type Tx } from '@stampede/kit/postgres'
import type { Standing, Step } from '../domain/payment.ts'
import { readOutcome, type Wish } from '../domain/terms.ts'
import { type Matter, tellFailed, tellSettled } from './news-outbox.ts'
import { giveBack } from './refunds-postgres.ts'

/** A payment whose end is not known. `tries` counts this one; `tooLate`: its order has stopped waiting. */
export interface OpenPayment extends Wish {
  readonly state: 'requested' | 'processing'
  readonly tries: number
  readonly tooLate: boolean
  readonly traceparent: string | null
}

export type LockedPayment = Standing & Matter

// Sorted, so that two consumers with overlapping events wait for each other instead of deadlocking.
const INSERT = `insert into payment
    (payment_id, order_id, user_id, amount_cents, currency, outcome, hold_until, delay_ms, traceparent)
  select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[],
    $7::timestamptz[], $8::int[], $9::text[]) as asked (payment_id)
  order by payment_id
  on conflict do nothing`
// Moved ahead, not locked: no transaction is open while the provider takes its time.
const TAKE = `update payment set tries = tries + 1, try_at = now() + $2 * interval '1 ms'
  where payment_id = any(array(
    select payment_id from payment where state in ('requested', 'processing') and try_at <= now()
    order by try_at limit $1 for no key update skip locked))
  returning payment_id as "paymentId", state, tries, amount_cents as "amountCents", currency, outcome,
    extract(epoch from hold_until - now())::float8 * 1000 as "holdForMs",
    delay_ms as "delayMs", hold_until < now() as "tooLate", traceparent`
const LOCK = `select payment_id as "paymentId", order_id as "orderId", user_id as "userId", state, reason,
    amount_cents as "amountCents", currency, traceparent
  from payment where payment_id = $1 for no key update`
const STEP = `update payment set state = $2, reason = $3,
    ended_at = case when $2 in ('settled', 'failed') then now() end
  where payment_id = $1 returning now() as at`
const DELAY = `update payment set tries = $2, try_at = now() + $3 * interval '1 ms'
  where payment_id = $1 and state in ('requested', 'processing')`

/** Writes down what is to be charged. What is there already stays as it is. */
export async function insertPayments(
  tx: Tx,
  events: readonly Pick<Event<'payment.requested'>, 'data' | 'traceparent'>[],
): Promise<void> {
  await tx.query(INSERT, [
    column(events, ({ data }) => data.paymentId),
    column(events, ({ data }) => data.orderId),
    column(events, ({ data }) => data.userId),
    column(events, ({ data }) => data.amountCents),
    column(events, ({ data }) => data.currency),
    column(events, ({ data }) => readOutcome(data.outcome)),
    column(events, ({ data }) => data.holdUntil),
    column(events, ({ data }) => data.delayMs),
    events.map(({ traceparent }) => traceparent ?? null),
  ])
}

/** Takes payments whose time has come and hides them for `leaseMs`. */
export async function takePayments(pool: Pool, max: number, leaseMs: number): Promise<OpenPayment[]> {
  return (await pool.query<OpenPayment>(TAKE, [max, leaseMs])).rows
}

/** When an open payment is looked at again. */
export async function delayPayment(
  pool: Pool,
  paymentId: string,
  { tries, pauseMs }: { tries: number; pauseMs: number },
): Promise<void> {
  await pool.query(DELAY, [paymentId, tries, Math.round(pauseMs)])
}

/** Locks a payment until the transaction ends. */
export async function lockPayment(tx: Tx, paymentId: string): Promise<LockedPayment | undefined> {
  return (await tx.query<LockedPayment>(LOCK, [paymentId])).rows[0]
}

/** Lets a locked payment take a step, and tells of it. */
export async function stepPayment(tx: Tx, payment: LockedPayment, step: Step): Promise<void> {
  const reason = step.to === 'failed' ? step.reason : null
  const { rows } = await tx.query<{ at: Date }>(STEP, [payment.paymentId, step.to, reason])
  const [{ at }] = rows as [{ at: Date }]
  if (step.to === 'settled') tellSettled(tx, payment, at)
  // That it failed was told before, if it had: a failure is told once.
  if (step.to === 'failed' && payment.state !== 'failed') tellFailed(tx, payment, { reason: step.reason, at })
  if ('giveBack' in step) await giveBack(tx, payment, step.giveBack)
}
