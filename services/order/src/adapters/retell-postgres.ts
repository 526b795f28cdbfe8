import type { RefundCause } from '@stampede/contracts/payments'
import type { Tx } from '@stampede/kit/postgres'
import { type PaymentRow, tellRefunds, tellRequested } from './news-outbox.ts'

interface Open extends PaymentRow {
  readonly state: 'requested' | 'refunding'
  readonly holdUntil: Date
  readonly outcome: string
  readonly delayMs: number
  readonly cause: RefundCause
}

// Skipping those in somebody's hand: any number of processes may do it.
const RETELL_SQL = `with due as (
    select payment_id from payment
    where state in ('requested', 'refunding') and told_at < now() - $2 * interval '1 second'
    order by told_at limit $1 for no key update skip locked
  ), told as (
    update payment set told_at = now() from due where payment.payment_id = due.payment_id returning payment.*
  )
  select order_id as "orderId", sale_id as "saleId", user_id as "userId", trace_id as "traceId", quantity,
    unit_price_cents as "unitPriceCents", currency, version, told.at, payment_id as "paymentId", told.state,
    greatest(expires_at, paying_until) as "holdUntil", outcome, delay_ms as "delayMs", refund_cause as cause
  from told join orders using (user_id, order_id)`

/**
 * Asks once more for what nobody has heard the end of for `afterSeconds`: the question or its answer may be
 * lost, and money with it. The same ids, so who has heard it knows it. Answers how many were asked for.
 */
export async function retellRows(tx: Tx, rowsMax: number, afterSeconds: number): Promise<number> {
  const { rows } = await tx.query<Open>(RETELL_SQL, [rowsMax, afterSeconds])
  tellRequested(
    tx,
    rows.filter(({ state }) => state === 'requested'),
  )
  const refunding = rows.filter(({ state }) => state === 'refunding')
  for (const [cause, owed] of Map.groupBy(refunding, (row) => row.cause)) tellRefunds(tx, cause, owed)
  return rows.length
}
