import Type, { type Static } from 'typebox'
import { Count, Currency, Id, strict, Time } from './fields.ts'

// What the sandbox payment provider understands and tells. It stands for somebody else's house: its ids are
// its own, and what it says is believed only with a signature (https://www.standardwebhooks.com).

/** Longest a charge may be asked to take. */
export const DELAY_MS_MAX = 3_600_000

/** `reference` is ours and makes the charge one charge, however often it is asked for. */
export const NewCharge = Type.Object(
  {
    reference: Id,
    amountCents: Count(0, Number.MAX_SAFE_INTEGER),
    currency: Currency,
    outcome: Type.Enum(['succeed', 'fail', 'never', 'duplicate', 'out-of-order', 'wrong-amount']),
    /** Until it is decided. */
    delayMs: Count(0, DELAY_MS_MAX),
  },
  strict,
)
export type NewCharge = Static<typeof NewCharge>

export const CHARGE_STATES = ['processing', 'succeeded', 'failed'] as const

/** `amountCents`: what was taken; 0 until then. */
export const Charge = Type.Object({
  chargeId: Id,
  reference: Id,
  state: Type.Enum([...CHARGE_STATES]),
  amountCents: Count(0, Number.MAX_SAFE_INTEGER),
  refundedCents: Count(0, Number.MAX_SAFE_INTEGER),
  currency: Currency,
})
export type Charge = Static<typeof Charge>

/** The same `reference` again is the same refund. More than is left of a charge is refused. */
export const NewCredit = Type.Object(
  { reference: Id, amountCents: Count(0, Number.MAX_SAFE_INTEGER) },
  strict,
)
export type NewCredit = Static<typeof NewCredit>

/** The body of a webhook; `webhook-id` in its headers is the event's id and stays when it is sent again. */
export const Webhook = Type.Object({
  type: Type.Enum(['charge.processing', 'charge.succeeded', 'charge.failed']),
  timestamp: Time,
  data: Charge,
})
export type Webhook = Static<typeof Webhook>
