import Type, { type Static } from 'typebox'
import { Id, strict } from './fields.ts'

/**
 * How the sandbox provider is to end a charge. `late`: after the order has stopped waiting for it. `never`:
 * it succeeds, but no webhook comes and somebody must ask. `out-of-order`: the webhooks in the wrong order.
 */
export const OUTCOMES = [
  'succeed',
  'fail',
  'late',
  'never',
  'duplicate',
  'out-of-order',
  'wrong-amount',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** `delayMs`: how long the provider takes to decide, if it is not `late`. */
export const SandboxTerms = {
  outcome: Type.Enum([...OUTCOMES], { default: 'succeed' }),
  delayMs: Type.Integer({ minimum: 0, maximum: 60_000, default: 0 }),
}

export const NewPayment = Type.Object(
  {
    method: Type.Literal('sandbox'),
    outcome: Type.Optional(SandboxTerms.outcome),
    delayMs: Type.Optional(SandboxTerms.delayMs),
  },
  strict,
)
export type NewPayment = Static<typeof NewPayment>

/**
 * How long a payment under way may keep its order from expiring, at most. Inventory counts units as orphaned
 * only after that.
 */
export const PAYING_HOLD_SECONDS_MAX = 120

/**
 * A payment as its order sees it. `late`: the money came when the order had ended, and it is being seen
 * whether there are units left for it. `refunding`: all of it goes back.
 */
export const PAYMENT_STATES = ['requested', 'settled', 'failed', 'late', 'refunding', 'refunded'] as const
export type PaymentState = (typeof PAYMENT_STATES)[number]

/** `too-late`: the order had stopped waiting before anything was charged. */
export const FAIL_REASONS = ['declined', 'too-late', 'wrong-amount'] as const
export type FailReason = (typeof FAIL_REASONS)[number]

/** The answer to a payment or a refund asked for: it is durable, and on its way. */
export const PaymentView = Type.Object({
  paymentId: Id,
  state: Type.Enum([...PAYMENT_STATES]),
  /** Why it failed. */
  reason: Type.Optional(Type.Enum([...FAIL_REASONS])),
})
export type PaymentView = Static<typeof PaymentView>

export const RefundView = Type.Object({
  refundId: Id,
  paymentId: Id,
  state: Type.Enum(['refunding', 'refunded']),
})
export type RefundView = Static<typeof RefundView>

/**
 * Why money goes back: its owner asked; it came for an order that had ended and could not be revived; the
 * order was paid already; it was not what the order costs.
 */
export const REFUND_CAUSES = ['buyer', 'late', 'surplus', 'wrong-amount'] as const
export type RefundCause = (typeof REFUND_CAUSES)[number]
