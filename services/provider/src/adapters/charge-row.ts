import type { Charge } from '@stampede/contracts/provider'
import type { Outcome } from '../domain/script.ts'

/** A charge with what only we know of it. */
export interface ChargeRow extends Charge {
  readonly outcome: Outcome
  readonly askedCents: number
}

/** The columns of a `ChargeRow`. */
export const COLUMNS = `reference, charge_id as "chargeId", state, taken_cents as "amountCents",
  refunded_cents as "refundedCents", currency, outcome, asked_cents as "askedCents"`

export function toCharge({ outcome: _outcome, askedCents: _asked, ...charge }: ChargeRow): Charge {
  return charge
}
