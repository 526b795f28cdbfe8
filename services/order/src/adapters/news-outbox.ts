import type { Reservation } from '@stampede/contracts/claims'
import type { OrderMoney } from '@stampede/contracts/events'
import { deriveRefundId } from '@stampede/contracts/ids'
import type { RefundCause } from '@stampede/contracts/payments'
import { tell } from '@stampede/kit/events/outbox'
import type { Tx } from '@stampede/kit/postgres'
import { traceparentOf } from '@stampede/kit/tracing/span-id'

const SOURCE = 'urn:stampede:order'

/** An order that was just changed, as its row says. `at` by the clock of the database. */
export interface OrderRow {
  readonly orderId: string
  readonly saleId: string
  readonly userId: string
  readonly traceId: string
  readonly quantity: number
  readonly unitPriceCents: number
  readonly currency: string
  readonly version: number
  readonly at: Date
}

/** The same, and which payment it is about. */
export interface PaymentRow extends OrderRow {
  readonly paymentId: string
}

export function tellPlaced(tx: Tx, placed: readonly Reservation[]): void {
  const facts = placed.map((each) => ({
    id: `${each.claimId}.placed`,
    subject: each.claimId,
    time: each.reservedAt,
    traceparent: traceparentOf(each.traceId, 'order rows'),
    data: {
      orderId: each.claimId,
      saleId: each.saleId,
      userId: each.userId,
      quantity: each.quantity,
      version: 0,
      totalCents: each.quantity * each.unitPriceCents,
      currency: each.currency,
      placedAt: each.reservedAt,
      expiresAt: each.expiresAt,
    },
  }))
  tell(tx, { source: SOURCE, topic: 'order.placed', facts })
}

export function tellEnded(tx: Tx, how: 'cancelled' | 'expired', ended: readonly OrderRow[]): void {
  const facts = ended.map(({ orderId, saleId, userId, quantity, version, ...row }) => ({
    ...envelope(`${orderId}.${how}.${version}`, { orderId, ...row }),
    data: { orderId, saleId, userId, quantity, version },
  }))
  tell(tx, { source: SOURCE, topic: `order.${how}`, facts })
}

/** Tells that money came and the order is paid, or that its owner gave it back. */
export function tellMoney(tx: Tx, how: 'paid' | 'refunded', changed: readonly PaymentRow[]): void {
  const facts = changed.map((row) => ({
    ...envelope(`${row.orderId}.${how}.${row.version}`, row),
    data: moneyOf(row),
  }))
  tell(tx, { source: SOURCE, topic: `order.${how}`, facts })
}

export function tellRequested(
  tx: Tx,
  asked: readonly (PaymentRow & { holdUntil: Date; outcome: string; delayMs: number })[],
): void {
  const facts = asked.map((row) => ({
    ...envelope(`${row.paymentId}.requested`, row),
    data: {
      ...paymentOf(row),
      holdUntil: row.holdUntil.toISOString(),
      outcome: row.outcome,
      delayMs: row.delayMs,
    },
  }))
  tell(tx, { source: SOURCE, topic: 'payment.requested', facts })
}

export function tellRefunds(tx: Tx, cause: RefundCause, owed: readonly PaymentRow[]): void {
  const facts = owed.map((row) => {
    const refundId = deriveRefundId(row.paymentId, cause)
    return { ...envelope(`${refundId}.requested`, row), data: { refundId, ...paymentOf(row), cause } }
  })
  tell(tx, { source: SOURCE, topic: 'refund.requested', facts })
}

function moneyOf(row: PaymentRow): OrderMoney {
  const { orderId, saleId, userId, quantity, version, paymentId, currency } = row
  const totalCents = quantity * row.unitPriceCents
  return { orderId, saleId, userId, quantity, version, paymentId, totalCents, currency }
}

function paymentOf({ paymentId, orderId, userId, quantity, unitPriceCents, currency }: PaymentRow) {
  return { paymentId, orderId, userId, amountCents: quantity * unitPriceCents, currency }
}

function envelope(id: string, { orderId, traceId, at }: Pick<OrderRow, 'orderId' | 'traceId' | 'at'>) {
  const traceparent = traceparentOf(traceId.replaceAll('-', ''), 'order rows')
  return { id, subject: orderId, time: at.toISOString(), traceparent }
}
