import type { Reservation } from './claims.ts'

/** What an order's end says: enough to return its units without asking back. */
export interface OrderEnded {
  readonly orderId: string
  readonly saleId: string
  readonly userId: string
  readonly quantity: number
}

export interface OrderPlaced extends OrderEnded {
  readonly totalCents: number
  readonly currency: string
  readonly placedAt: string
  readonly expiresAt: string
}

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
  'order.cancelled': OrderEnded
  'order.expired': OrderEnded
}
export type Topic = keyof EventData

/** Topics and their partitions; created at start. */
export const TOPICS = {
  'stock.reserved': 6,
  'order.placed': 6,
  'order.cancelled': 6,
  'order.expired': 6,
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
