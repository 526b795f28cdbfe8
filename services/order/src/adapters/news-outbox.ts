import type { Reservation } from '@stampede/contracts/claims'
import { tell } from '@stampede/kit/events/outbox'
import type { Tx } from '@stampede/kit/postgres'

const SOURCE = 'urn:stampede:order'

/** An order that was just cancelled or expired, as its row says. `at` by the clock of the database. */
export interface EndedOrder {
  readonly orderId: string
  readonly saleId: string
  readonly userId: string
  readonly traceId: string
  readonly quantity: number
  readonly version: number
  readonly at: Date
}

export function tellPlaced(tx: Tx, placed: readonly Reservation[]): void {
  const facts = placed.map((each) => ({
    id: `${each.claimId}.placed`,
    subject: each.claimId,
    time: each.reservedAt,
    traceparent: traceparentOf(each.traceId),
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

export function tellEnded(tx: Tx, how: 'cancelled' | 'expired', ended: readonly EndedOrder[]): void {
  const facts = ended.map(({ orderId, saleId, userId, traceId, quantity, version, at }) => ({
    id: `${orderId}.${how}`,
    subject: orderId,
    time: at.toISOString(),
    traceparent: traceparentOf(traceId.replaceAll('-', '')),
    data: { orderId, saleId, userId, quantity, version },
  }))
  tell(tx, { source: SOURCE, topic: `order.${how}`, facts })
}

function traceparentOf(traceId: string): string {
  return `00-${traceId}-${traceId.slice(0, 16)}-00`
}
