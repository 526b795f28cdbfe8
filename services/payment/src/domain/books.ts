import type { FailReason, RefundCause } from '@stampede/contracts/payments'
import type { PaymentState } from './payment.ts'

/** All money that moved for an order, or is to move. Amounts in minor units. */
export interface MoneyBooks {
  readonly payments: readonly PaymentEntry[]
  readonly refunds: readonly RefundEntry[]
}

export interface PaymentEntry {
  readonly paymentId: string
  readonly state: PaymentState
  readonly reason: FailReason | null
  readonly amountCents: number
  readonly currency: string
}

export interface RefundEntry {
  readonly refundId: string
  readonly paymentId: string
  readonly cause: RefundCause
  readonly state: 'requested' | 'settled'
  readonly amountCents: number
  readonly currency: string
  /** How often the provider was asked. */
  readonly tries: number
}
