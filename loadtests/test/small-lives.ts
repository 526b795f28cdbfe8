import { deriveOrderId, derivePaymentId, deriveRefundId, newId } from '@stampede/contracts/ids'
import type { Outcome, RefundCause } from '@stampede/contracts/payments'

// What became of five orders. All promises hold.

export const SALE_ID = newId()
export const PRICE = 250
export const PLACED = '2026-01-01T10:00:00.000Z'
export const EXPIRES = '2036-01-01T10:00:00.000Z'

export interface Wish {
  readonly userId: string
  readonly key: string
  readonly orderId: string
  readonly quantity: number
}

export interface Paid {
  readonly paymentId: string
  readonly key: string
  readonly outcome: Outcome
  /** As its order sees it. */
  readonly state: 'settled' | 'failed' | 'refunded'
  readonly refund?: { readonly refundId: string; readonly key: string; readonly cause: RefundCause }
}

export interface Life {
  readonly wish: Wish
  readonly state: 'pending' | 'cancelled' | 'paid' | 'refunded' | 'expired'
  readonly reservation: 'held' | 'sold' | 'released'
  /** State and cause, from version 1. */
  readonly steps: readonly (readonly [state: string, cause: string])[]
  readonly payments: readonly Paid[]
  readonly expiresAt: string
}

export const ANN = makeWish('ann', 2)
export const BOB = makeWish('bob', 1)
export const CAY = makeWish('cay', 1)
export const DAN = makeWish('dan', 1)
export const EVE = makeWish('eve', 1)

/** An outcome that failed, and the payment that came after it. */
export const CAYS = [
  pay(CAY, 'fail', { state: 'failed' }),
  pay(CAY, 'succeed', { state: 'settled' }),
] as const
export const DANS = pay(DAN, 'duplicate', { state: 'refunded', cause: 'buyer' })
export const EVES = pay(EVE, 'late', { state: 'refunded', cause: 'late' })

const ASKED = ['pending', 'payment-requested'] as const

export const LIVES: readonly Life[] = [
  // Waits.
  { wish: ANN, state: 'pending', reservation: 'held', steps: [], payments: [], expiresAt: EXPIRES },
  {
    ...{ wish: BOB, state: 'cancelled', reservation: 'released', payments: [], expiresAt: EXPIRES },
    steps: [['cancelled', 'buyer']],
  },
  {
    ...{ wish: CAY, state: 'paid', reservation: 'sold', payments: CAYS, expiresAt: EXPIRES },
    steps: [ASKED, ['pending', 'payment-failed'], ASKED, ['paid', 'payment-settled']],
  },
  // Bought and given back.
  {
    ...{ wish: DAN, state: 'refunded', reservation: 'released', payments: [DANS], expiresAt: EXPIRES },
    steps: [
      ASKED,
      ['paid', 'payment-settled'],
      ['refunded', 'refund-requested'],
      ['refunded', 'refund-settled'],
    ],
  },
  // Paid too late, with nothing left.
  {
    ...{ wish: EVE, state: 'expired', reservation: 'released', payments: [EVES], expiresAt: PLACED },
    steps: [
      ASKED,
      ['expired', 'payment-window'],
      ['expired', 'payment-late'],
      ['expired', 'payment-returned'],
      ['expired', 'refund-settled'],
    ],
  },
]

function makeWish(key: string, quantity: number): Wish {
  const userId = newId()
  return { userId, key, quantity, orderId: deriveOrderId(userId, SALE_ID, key) }
}

function pay(
  wish: Wish,
  outcome: Outcome,
  { state, cause }: { state: Paid['state']; cause?: RefundCause },
): Paid {
  const key = `${wish.key}-${outcome}`
  const paymentId = derivePaymentId(wish.userId, wish.orderId, key)
  if (!cause) return { paymentId, key, outcome, state }
  const refund = { refundId: deriveRefundId(paymentId, cause), key: `${key}-back`, cause }
  return { paymentId, key, outcome, state, refund }
}
