import { hash } from 'node:crypto'
import { v7 } from 'uuid'
import type { RefundCause } from './payments.ts'

/** A new time-ordered id (UUIDv7, lower case). */
export function newId(): string {
  return v7()
}

/**
 * The id of an order, its claim and its reservation: one id for one wish to buy.
 *
 * It is derived, not drawn, so a buyer who heard no answer repeats with the same key on any instance and
 * meets the same rows. Shape: UUIDv7 whose 48-bit time is that of the sale's own id, and whose 74 free bits
 * are a SHA-256 of (user, sale, key).
 */
export function deriveOrderId(userId: string, saleId: string, idempotencyKey: string): string {
  const h = hash('sha256', `${userId}\n${saleId}\n${idempotencyKey}`, 'hex')
  const variant = VARIANT[h.charCodeAt(3) & 3]
  return `${saleId.slice(0, 14)}7${h.slice(0, 3)}-${variant}${h.slice(4, 7)}-${h.slice(7, 19)}`
}

/**
 * The id of a payment for an order. Derived like the order's own, so that who heard no answer repeats with
 * the same key and meets the same payment.
 */
export function derivePaymentId(userId: string, orderId: string, idempotencyKey: string): string {
  return deriveOrderId(userId, orderId, `payment ${idempotencyKey}`)
}

/** The id of the one refund a payment can have for a cause. */
export function deriveRefundId(paymentId: string, cause: RefundCause): string {
  return deriveOrderId(paymentId, paymentId, `refund ${cause}`)
}

/**
 * The ids of the segments a sale's stock is split over, the first being the sale's own. Each begins with the
 * 48-bit time of the sale, so the claims of all of them lie in one range.
 */
export function segmentIds(saleId: string, segments: number): string[] {
  const others = Array.from({ length: segments - 1 }, (_, i) =>
    deriveOrderId(saleId, saleId, `segment ${i + 1}`),
  )
  return [saleId, ...others]
}

const VARIANT = ['8', '9', 'a', 'b']

/**
 * A 32-bit fingerprint (FNV-1a, unsigned) of an Idempotency-Key.
 *
 * The gateway turns attempts away at a sold-out sale before it knows who asks; the fingerprints of the
 * winners tell it which few keys may belong to an order and must be let through to be answered properly.
 */
export function printKey(idempotencyKey: string): number {
  let print = 0x811c9dc5
  for (let i = 0; i < idempotencyKey.length; i++) {
    print = Math.imul(print ^ idempotencyKey.charCodeAt(i), 0x01000193)
  }
  return print >>> 0
}
