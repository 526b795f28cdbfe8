import { OUTCOMES, type Outcome } from '@stampede/contracts/payments'
import { DELAY_MS_MAX, type NewCharge } from '@stampede/contracts/provider'

export interface Wish {
  readonly paymentId: string
  readonly amountCents: number
  readonly currency: string
  readonly outcome: Outcome | typeof UNKNOWN_OUTCOME
  /** How long its order will go on waiting; less than 0 when it no longer does. */
  readonly holdForMs: number
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
 * What to ask of the provider. Undefined when nobody can tell what is wanted: then
 * nothing may be taken. The reference is the payment's id, so asking again asks for the same charge.
 */
export function toNewCharge(wish: Wish): NewCharge | undefined {
  const { paymentId: reference, amountCents, currency, outcome, holdForMs } = wish
  if (outcome === UNKNOWN_OUTCOME) return undefined
  const charge = { reference, amountCents, currency }
  if (outcome !== 'late') return { ...charge, outcome, delayMs: wish.delayMs }
  const delayMs = Math.min(DELAY_MS_MAX, Math.max(0, Math.ceil(holdForMs) + LATE_MS))
  return { ...charge, outcome: 'succeed', delayMs }
}
