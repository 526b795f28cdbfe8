import Type, { type TSchema } from 'typebox'
import { Reservation } from './claims.ts'
import { RESERVATIONS_MAX, type Topic } from './events.ts'
import { Count, Currency, Id, Time } from './fields.ts'

// Consumers tolerate fields they do not know, so that a producer may be newer than they are.

const StockReserved = Type.Object({
  reservations: Type.Array(Reservation, { minItems: 1, maxItems: RESERVATIONS_MAX }),
})

const OrderEnded = Type.Object({ orderId: Id, saleId: Id, userId: Id, quantity: Count(1, 1000) })

const OrderPlaced = Type.Object({
  ...OrderEnded.properties,
  totalCents: Count(0, Number.MAX_SAFE_INTEGER),
  currency: Currency,
  placedAt: Time,
  expiresAt: Time,
})

/**
 * What the data of each event must look like to be worked
 * on; the interfaces of `events.ts`, to check at run time.
 */
export const EVENT_SCHEMAS = {
  'stock.reserved': StockReserved,
  'order.placed': OrderPlaced,
  'order.cancelled': OrderEnded,
  'order.expired': OrderEnded,
} as const satisfies Record<Topic, TSchema>
