import type { FailReason } from '@stampede/contracts/payments'
import { tell } from '@stampede/kit/events/outbox'
import type { Tx } from '@stampede/kit/postgres'

const SOURCE = 'urn:stampede:payment'

/** What every word about money says: whose it is and for which order. */
export interface Matter {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly amountCents: number
  readonly currency: string
  /** Of the request; undefined or null when that named no trace. */
  readonly traceparent: string | null
}

export interface RefundMatter extends Matter {
  readonly refundId: string
}

export function tellSettled(tx: Tx, matter: Matter, at: Date): void {
  const { paymentId, orderId, userId, amountCents, currency } = matter
  const data = { paymentId, orderId, userId, amountCents, currency }
  tell(tx, {
    source: SOURCE,
    topic: 'payment.settled',
    facts: [{ id: `${paymentId}.settled`, ...envelope(matter, at), data }],
  })
}

export function tellFailed(tx: Tx, matter: Matter, { reason, at }: { reason: FailReason; at: Date }): void {
  const { paymentId, orderId, userId } = matter
  const data = { paymentId, orderId, userId, reason }
  tell(tx, {
    source: SOURCE,
    topic: 'payment.failed',
    facts: [{ id: `${paymentId}.failed`, ...envelope(matter, at), data }],
  })
}

export function tellRefunded(tx: Tx, matter: RefundMatter, at: Date): void {
  const { refundId, paymentId, orderId, userId, amountCents, currency } = matter
  const data = { refundId, paymentId, orderId, userId, amountCents, currency }
  tell(tx, {
    source: SOURCE,
    topic: 'refund.settled',
    facts: [{ id: `${refundId}.settled`, ...envelope(matter, at), data }],
  })
}

function envelope({ orderId, traceparent }: Matter, at: Date) {
  return { subject: orderId, time: at.toISOString(), traceparent: traceparent ?? undefined }
}
