import { OUTCOMES, type Outcome } from '@stampede/contracts/payments'
import { DELAY_MS_MAX, type NewCharge } from '@stampede/contracts/provider'

export interface Wish {
  readonly paymentId: string
  readonly amountCents: number
  readonly currency: string
  readonly outcome: Outcome | typeof UNKNOWN_OUTCOME
  readonly holdUntil: Date
  readonly delayMs: number
}

/** In place of a word that is no outcome. */
export const UNKNOWN_OUTCOME = 'unknown'
/** So long after its order stopped waiting comes the money of a late charge. */
const LATE_MS = 1_000

export function readOutcome(word: string): Wish['outcome'] {
  return OUTCOMES.find((outcome) => outcome === word) ?? UNKNOWN_OUTCOME
}

/**
 * What to ask of the provider at the time `now`, in ms. Undefined when nobody can tell what is wanted: then
 * nothing may be taken. The reference is the payment's id, so asking again asks for the same charge.
 */
export function toNewCharge(wish: Wish, now: number): NewCharge | undefined {
  const { paymentId: reference, amountCents, currency, outcome, holdUntil } = wish
  if (outcome === UNKNOWN_OUTCOME) return undefined
  const charge = { reference, amountCents, currency }
  if (outcome !== 'late') return { ...charge, outcome, delayMs: wish.delayMs }
  const delayMs = Math.min(DELAY_MS_MAX, Math.max(0, holdUntil.getTime() + LATE_MS - now))
  return { ...charge, outcome: 'succeed', delayMs }
}
