import type { OrderState } from '@stampede/contracts/orders'
import type { PaymentState } from '@stampede/contracts/payments'

/** A buyer's wish to pay. `paymentId` follows from the Idempotency-Key; the last two are for the sandbox. */
export interface PaymentWish {
  readonly userId: string
  readonly orderId: string
  readonly paymentId: string
  readonly outcome: string
  readonly delayMs: number
}

/** The payment a wish named before, as it stands. */
export interface KnownPayment {
  readonly outcome: string
  readonly delayMs: number
  readonly state: PaymentState
}

/** A buyer's wish to give a paid order back. `keyPrint` is that of the Idempotency-Key. */
export interface RefundWish {
  readonly userId: string
  readonly orderId: string
  readonly keyPrint: number
}

/** A refund its owner asked for, as it stands. */
export interface KnownRefund {
  readonly paymentId: string
  readonly keyPrint: number
  readonly state: PaymentState
}

/** Money without an order that waits for it, and how that order stands. */
export interface LatePayment {
  readonly paymentId: string
  readonly orderId: string
  readonly userId: string
  readonly saleId: string
  readonly quantity: number
  readonly version: number
  readonly state: OrderState
}
