import type { Pool } from '@stampede/kit/postgres'
import type { Look } from '@stampede/kit/watch/book-watch'
import type { MoneyBooks, PaymentEntry, RefundEntry } from '../domain/books.ts'

const PAYMENTS = `select payment_id as "paymentId", state, reason, amount_cents as "amountCents", currency
  from payment where order_id = $1 order by requested_at, payment_id limit 100`
const REFUNDS = `select refund_id as "refundId", payment_id as "paymentId", cause, state, tries,
    amount_cents as "amountCents", currency
  from refund where order_id = $1 order by requested_at, refund_id limit 100`
const OVERDUE = `select
  (select count(*)::int from payment where state in ('requested', 'processing')
    and hold_until < now() - interval '1 minute') as payments,
  (select count(*)::int from refund where state = 'requested'
    and requested_at < now() - interval '1 minute') as refunds`

export async function readBooks(pool: Pool, orderId: string): Promise<MoneyBooks> {
  const [payments, refunds] = await Promise.all([
    pool.query<PaymentEntry>(PAYMENTS, [orderId]),
    pool.query<RefundEntry>(REFUNDS, [orderId]),
  ])
  return { payments: payments.rows, refunds: refunds.rows }
}

/** What should have ended a minute ago: payments, counted from when their orders stopped waiting; refunds. */
export function lookAtOverdue(pool: Pool): Look {
  return async () => {
    const { rows } = await pool.query<Record<'payments' | 'refunds', number>>(OVERDUE)
    const { payments = 0, refunds = 0 } = rows[0] ?? {}
    return [
      { name: 'overduePayments', value: payments, limit: 0 },
      { name: 'overdueRefunds', value: refunds, limit: 0 },
    ]
  }
}
