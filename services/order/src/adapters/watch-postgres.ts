import { PAYING_HOLD_SECONDS_MAX } from '@stampede/contracts/payments'
import type { Pool } from '@stampede/kit/postgres'
import type { Look } from '@stampede/kit/watch/book-watch'

/** What ends by itself ends sooner: the sweeps go round every second, and money is retold every minute. */
const LATE_SECONDS = 60
const UNANSWERED_SECONDS = PAYING_HOLD_SECONDS_MAX + LATE_SECONDS
/** Rows of the outbox that are compared with the steps of their time. */
const NEWS_MAX = 2_000

const since = (causes: string) => `coalesce((select max(at) from order_step s
    where s.order_id = payment.order_id and cause in (${causes})), '-infinity')`

// All but the last by partial indexes, which hold only what is not at its end.
const ORDERS_SQL = `select
  (select count(*)::int from orders where state = 'pending'
    and greatest(expires_at, paying_until) < now() - interval '${LATE_SECONDS} s') as "overdueOrders",
  (select count(*)::int from payment where state = 'late'
    and ${since(`'payment-late'`)} < now() - interval '${LATE_SECONDS} s') as "latePayments",
  (select count(*)::int from payment where state = 'refunding'
    and ${since(`'payment-returned', 'refund-requested'`)} < now() - interval '${LATE_SECONDS} s')
    as "unreturnedPayments",
  (select count(*)::int from payment where state = 'requested'
    and at < now() - interval '${UNANSWERED_SECONDS} s') as "unansweredPayments",
  (select count(*)::int from payment join orders using (user_id, order_id)
    where payment.state = 'settled' and payment.at > now() - interval '1 hour'
      and paid_by is distinct from payment_id) as "misplacedPayments"`

// A step and the event that tells of it are of one transaction, so both bear its time, to the millisecond:
// from any moment on there are as many of the one as of the other. The second bound of `step` says nothing
// new: it is what the planner can see, to take the index.
const STEPS_SQL = `with news as (
    select topic, count, created_at::timestamptz(3) as at from outbox order by id desc limit ${NEWS_MAX}
  ), began as (
    select date_trunc('milliseconds', greatest(now() - interval '1 minute',
      (select min(at) + interval '1 s' from news having count(*) = ${NEWS_MAX}))) as at
  ), step as materialized (
    select order_id, state, cause from order_step
    where at >= (select at from began) and at >= now() - interval '61 s'
  ), told as (
    select coalesce(sum(count), 0) as n from news where at >= (select at from began)
      and topic in ('order.paid', 'order.cancelled', 'order.expired', 'order.refunded')
  ), due as (
    select count(*) as n from step where (state, cause) in (('cancelled', 'buyer'),
      ('expired', 'payment-window'), ('expired', 'payment-returned'), ('paid', 'payment-settled'),
      ('paid', 'revived'), ('refunded', 'refund-requested'))
  ), gap as (
    select order_id from order_step where order_id in (select order_id from step)
    group by order_id having count(*) <> max(version)
  )
  select abs(due.n - told.n)::int as "untoldChanges", (select count(*)::int from gap) as "brokenHistories"
  from due, told`

/**
 * Orders and money that should have come to their end: `overdueOrders` are pending a minute after nothing
 * holds them up any more; `latePayments` came after the end and nobody decided about them;
 * `unreturnedPayments` are to go back; `unansweredPayments` were asked for and nothing was heard;
 * `misplacedPayments` of the last hour are said to have paid an order that says otherwise.
 */
export function lookAtOrders(pool: Pool): Look {
  return () => look(pool, ORDERS_SQL, 5_000)
}

/** Of the last minute: `untoldChanges` have no event, or events no change; `brokenHistories` lack a step. */
export function lookAtSteps(pool: Pool): Look {
  return () => look(pool, STEPS_SQL, 0)
}

async function look(pool: Pool, sql: string, forMs: number) {
  const { rows } = await pool.query<Record<string, number>>(sql)
  return Object.entries(rows[0] ?? {}).map(([name, value]) => ({ name, value, limit: 0, forMs }))
}
