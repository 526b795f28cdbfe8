import Type, { type TSchema } from 'typebox'
import { Reservation } from './claims.ts'
import { RESERVATIONS_MAX, type Topic } from './events.ts'
import { Count, Currency, Id, Time } from './fields.ts'
import { FAIL_REASONS, REFUND_CAUSES } from './payments.ts'
import { DELAY_MS_MAX } from './provider.ts'

// Consumers tolerate fields they do not know, so that a producer may be newer than they are.

const Cents = Count(0, Number.MAX_SAFE_INTEGER)

const StockReserved = Type.Object({
  reservations: Type.Array(Reservation, { minItems: 1, maxItems: RESERVATIONS_MAX }),
})

const OrderChanged = Type.Object({
  orderId: Id,
  saleId: Id,
  userId: Id,
  quantity: Count(1, 1000),
  version: Count(0, 2 ** 31 - 1),
})

const OrderPlaced = Type.Object({
  ...OrderChanged.properties,
  totalCents: Cents,
  currency: Currency,
  placedAt: Time,
  expiresAt: Time,
})

const OrderMoney = Type.Object({
  ...OrderChanged.properties,
  paymentId: Id,
  totalCents: Cents,
  currency: Currency,
})

const OfPayment = { paymentId: Id, orderId: Id, userId: Id }
const Money = { amountCents: Cents, currency: Currency }
const Refund = { refundId: Id, ...OfPayment, ...Money }

/**
 * What the data of each event must look like to be worked
 * on; the interfaces of `events.ts`, to check at run time.
 */
export const EVENT_SCHEMAS = {
  'stock.reserved': StockReserved,
  'order.placed': OrderPlaced,
  'order.cancelled': OrderChanged,
  'order.expired': OrderChanged,
  'order.paid': OrderMoney,
  'order.refunded': OrderMoney,
  // Any word may be an outcome: what is none of its own is for the provider to refuse.
  'payment.requested': Type.Object({
    ...OfPayment,
    ...Money,
    holdUntil: Time,
    outcome: Type.String(),
    delayMs: Count(0, DELAY_MS_MAX),
  }),
  'payment.settled': Type.Object({ ...OfPayment, ...Money }),
  'payment.failed': Type.Object({ ...OfPayment, reason: Type.Enum([...FAIL_REASONS]) }),
  'refund.requested': Type.Object({ ...Refund, cause: Type.Enum([...REFUND_CAUSES]) }),
  'refund.settled': Type.Object(Refund),
} as const satisfies Record<Topic, TSchema>
