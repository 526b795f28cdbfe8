import type { FailReason } from '@stampede/contracts/payments'
import type { Charge } from '@stampede/contracts/provider'

export type PaymentState = 'requested' | 'processing' | 'settled' | 'failed'

/** Where a payment stands, and what it is for. */
export interface Standing {
  readonly state: PaymentState
  /** Why it failed. */
  readonly reason: FailReason | null
  readonly amountCents: number
  readonly currency: string
}

export type Step =
  | { readonly to: 'processing' }
  | { readonly to: 'settled' }
  | { readonly to: 'failed'; readonly reason: 'declined' | 'too-late' }
  /** Something was taken, but not what was asked for: all of it goes back. */
  | { readonly to: 'failed'; readonly reason: 'wrong-amount'; readonly giveBack: Taken }

export type Taken = Pick<Charge, 'amountCents' | 'currency'>

/**
 * What the provider's word on a charge makes of a payment: the whole state machine. Undefined: nothing. The
 * words may come in any order and any number of times. Money taken is believed over a failure told before;
 * settled is final, and so is a wrong amount, for it is on its way back.
 */
export function follow(payment: Standing, charge: Charge): Step | undefined {
  const { state, reason } = payment
  if (state === 'settled' || reason === 'wrong-amount') return undefined
  if (charge.state === 'succeeded') return take(payment, charge)
  if (charge.state === 'failed') return decline(payment)
  return state === 'requested' ? { to: 'processing' } : undefined
}

/** The end of a payment for which the provider takes nothing, unless it has ended already. */
export function decline({ state }: Standing, reason: 'declined' | 'too-late' = 'declined'): Step | undefined {
  return state === 'requested' || state === 'processing' ? { to: 'failed', reason } : undefined
}

function take(payment: Standing, { amountCents, currency }: Charge): Step {
  const right = amountCents === payment.amountCents && currency === payment.currency
  return right
    ? { to: 'settled' }
    : { to: 'failed', reason: 'wrong-amount', giveBack: { amountCents, currency } }
}
