import Type, { type Static } from 'typebox'
import type { Refusal } from './claims.ts'
import { Count, Currency, Id, strict, Time, TraceId } from './fields.ts'
import { PaymentView } from './payments.ts'

/** The body a buyer sends. All else is the server's to know. */
export const NewOrder = Type.Object({ quantity: Count(1, 1000) }, strict)
export type NewOrder = Static<typeof NewOrder>

export const IDEMPOTENCY_KEY = '^[\\x21-\\x7e]{1,255}$'

/**
 * The answer to a placed order. A repeat with the same key
 * gets it byte for byte, whatever became of the order.
 */
export const PlacedOrder = Type.Object({
  orderId: Id,
  state: Type.Literal('pending'),
  totalCents: Type.Integer(),
  currency: Currency,
  expiresAt: Time,
  traceId: TraceId,
})
export type PlacedOrder = Static<typeof PlacedOrder>

/** The answer to an order that waits to be made; ask for it by its id. */
export const QueuedOrder = Type.Object({ orderId: Id, state: Type.Literal('queued') })
export type QueuedOrder = Static<typeof QueuedOrder>

export type Placement =
  | { readonly placed: PlacedOrder }
  | { readonly queued: QueuedOrder }
  | { readonly refused: Refusal }

export const ORDER_STATES = ['pending', 'paid', 'cancelled', 'expired', 'refunded'] as const
export type OrderState = (typeof ORDER_STATES)[number]

/**
 * What made an order take a step. A step need not change its state: that a payment was asked for, failed, or
 * that money went back are steps as well, and each has its own version.
 */
export const CAUSES = [
  'placed',
  'buyer',
  'payment-window',
  'payment-requested',
  'payment-settled',
  'payment-failed',
  'revived',
  'payment-late',
  'payment-returned',
  'refund-requested',
  'refund-settled',
] as const
export type Cause = (typeof CAUSES)[number]

export const Order = Type.Object({
  orderId: Id,
  saleId: Id,
  quantity: Type.Integer(),
  totalCents: Type.Integer(),
  currency: Currency,
  state: Type.Enum([...ORDER_STATES]),
  placedAt: Time,
  expiresAt: Time,
  /** Grows by one with each step of its history; 0 when placed. */
  version: Type.Integer(),
  /** A paid order can be given back until then. */
  refundUntil: Type.Optional(Time),
  /** The payment that paid it, else the latest. */
  payment: Type.Optional(PaymentView),
  history: Type.Array(
    Type.Object({ state: Type.Enum([...ORDER_STATES]), at: Time, cause: Type.Enum([...CAUSES]) }),
  ),
  traceId: TraceId,
})
export type Order = Static<typeof Order>

/** An order that is not made yet, or never will be; then `code` is the problem's that stopped it. */
export const UnmadeOrder = Type.Object({
  orderId: Id,
  saleId: Id,
  quantity: Type.Integer(),
  state: Type.Enum(['queued', 'refused']),
  traceId: TraceId,
  code: Type.Optional(Type.String()),
})
export type UnmadeOrder = Static<typeof UnmadeOrder>

/** What there is to see of an order: all of it, or that it waits or was refused. */
export const OrderView = Type.Object({
  ...Type.Partial(Order).properties,
  ...UnmadeOrder.properties,
  state: Type.Enum([...ORDER_STATES, 'queued', 'refused']),
})
export type OrderView = Order | UnmadeOrder

/** A page of a buyer's orders, newest first. `cursor` is opaque; absent on the last page. */
export const OrderPage = Type.Object({ orders: Type.Array(Order), cursor: Type.Optional(Type.String()) })
export type OrderPage = Static<typeof OrderPage>
