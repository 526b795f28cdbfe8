import type { Reservation } from './claims.ts'
import type { FailReason, RefundCause } from './payments.ts'

/**
 * What every word about an order says: whose it is, and which of its changes this is. `version` grows by one
 * with each; a reader who has acted on a later one lets an earlier one pass.
 */
export interface OrderChanged {
  readonly orderId: string
  readonly saleId: string
  readonly userId: string
  readonly quantity: number
  readonly version: number
}

export interface OrderPlaced extends OrderChanged {
  readonly totalCents: number
  readonly currency: string
  readonly placedAt: string
  readonly expiresAt: string
}

/** Money that came for an order, or goes back; amounts in minor units. */
export interface OrderMoney extends OrderChanged {
  readonly paymentId: string
  readonly totalCents: number
  readonly currency: string
}

/**
 * `holdUntil`: so long the order waits for this payment; money that comes later is late. `outcome` and
 * `delayMs` are for the sandbox.
 */
export interface PaymentRequested {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly amountCents: number
  readonly currency: string
  readonly holdUntil: string
  readonly outcome: string
  readonly delayMs: number
}

export interface PaymentSettled {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly amountCents: number
  readonly currency: string
}

export interface PaymentFailed {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly reason: FailReason
}

/** Money that must go back, all of it. `refundId` is derived, so one reason to refund is one refund. */
export interface RefundRequested {
  readonly refundId: string
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly amountCents: number
  readonly currency: string
  readonly cause: RefundCause
}

/** Money that has gone back, by the provider's word. */
export interface RefundSettled extends Omit<RefundRequested, 'cause'> {}

/**
 * Reservations of one commit of the ledger. Many in one event, because its one
 * reader, the backstop of the orders, seldom has anything to do for any of them.
 */
export interface StockReserved {
  readonly reservations: readonly Reservation[]
}

/** Most reservations in one event. */
export const RESERVATIONS_MAX = 100

/** Topic (= event type) to the data it carries. Past tense: an event tells, it never asks. */
export interface EventData {
  'stock.reserved': StockReserved
  'order.placed': OrderPlaced
  'order.cancelled': OrderChanged
  'order.expired': OrderChanged
  'order.paid': OrderMoney
  'order.refunded': OrderMoney
  'payment.requested': PaymentRequested
  'payment.settled': PaymentSettled
  'payment.failed': PaymentFailed
  'refund.requested': RefundRequested
  'refund.settled': RefundSettled
}
export type Topic = keyof EventData

/** Topics and their partitions; created at start. */
export const TOPICS = {
  'stock.reserved': 6,
  'order.placed': 6,
  'order.cancelled': 6,
  'order.expired': 6,
  'order.paid': 6,
  'order.refunded': 6,
  'payment.requested': 6,
  'payment.settled': 6,
  'payment.failed': 6,
  'refund.requested': 6,
  'refund.settled': 6,
} as const satisfies Record<Topic, number>

/**
 * A CloudEvents 1.0 envelope, structured JSON mode. `subject` is the order's id (of `stock.reserved`: that of
 * its first) and the Kafka key; `id` is unique for each event and stays the same when it is sent again.
 */
export interface Event<T extends Topic = Topic> {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: T
  readonly time: string
  readonly subject: string
  readonly datacontenttype: 'application/json'
  readonly traceparent?: string
  readonly data: EventData[T]
}
