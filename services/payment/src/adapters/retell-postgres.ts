import type { FailReason } from '@stampede/contracts/payments'
import type { Tx } from '@stampede/kit/postgres'
import { type Matter, type RefundMatter, tellFailed, tellRefunded, tellSettled } from './news-outbox.ts'

/** Older than anything a mere repeat of a message could ask about. */
const OLD = `interval '30 seconds'`
const COLUMNS = `payment_id as "paymentId", order_id as "orderId", user_id as "userId",
  amount_cents as "amountCents", currency, traceparent`
const PAYMENTS = `select ${COLUMNS}, reason, ended_at as at from payment
  where payment_id = any($1::uuid[]) and ended_at < now() - ${OLD}`
const REFUNDS = `select ${COLUMNS}, refund_id as "refundId", settled_at as at from refund
  where refund_id = any($1::uuid[]) and settled_at < now() - ${OLD}`

/** Who asks again after long has not heard how it ended: Kafka may have lost the word. */
export async function retellPayments(tx: Tx, paymentIds: readonly string[]): Promise<void> {
  const { rows } = await tx.query<Matter & { reason: FailReason | null; at: Date }>(PAYMENTS, [paymentIds])
  for (const row of rows) {
    if (row.reason) tellFailed(tx, row, { reason: row.reason, at: row.at })
    else tellSettled(tx, row, row.at)
  }
}

/** The same for refunds. */
export async function retellRefunds(tx: Tx, refundIds: readonly string[]): Promise<void> {
  const { rows } = await tx.query<RefundMatter & { at: Date }>(REFUNDS, [refundIds])
  for (const row of rows) tellRefunded(tx, row, row.at)
}
