import type { Outcome } from '@stampede/contracts/payments'

/** Which of the demo's two sales: in `main` there is plenty of time to pay, in `brief` a few seconds. */
export type SaleName = 'main' | 'brief'
export const SALE_NAMES = ['main', 'brief'] as const

/** What an attempt is made to show. */
export type Kind =
  | 'plain'
  | 'same-key-at-once'
  | 'same-key-later'
  | 'after-time-out'
  | 'beyond-limit'
  | 'beyond-quota'
  | 'other-quantity'
  | 'bad-token'
  | 'bad-body'
  | 'no-key'
  | 'later-buyer'

export const TOKEN_FLAWS = [
  'none',
  'garbage',
  'foreign',
  'tampered',
  'unsigned',
  'expired',
  'not-bearer',
] as const
export type TokenFlaw = (typeof TOKEN_FLAWS)[number]

/** Bodies that are not a wish to buy. */
export const BAD_BODIES = [
  '{"quantity":"1"}',
  '{"quantity":0}',
  '{"quantity":-1}',
  '{"quantity":1.5}',
  '{"quantity":1001}',
  '{"quantity":1e308}',
  '{"quantity":null}',
  '{"quantity":[1]}',
  '{"quantity":true}',
  '{"quantity":1,"priceCents":1}',
  '{"__proto__":{"quantity":1}}',
  '{}',
  '[]',
  '1',
  '"quantity"',
  '{"quantity":1',
  'quantity=1',
] as const

/** How a buyer pays an order that was won. */
export interface Paying {
  readonly afterMs: number
  /** How the sandbox is to end it. */
  readonly outcome: Outcome
  /** So long the provider takes to decide. */
  readonly delayMs?: number
  /** Whether the payment, and a refund, are sent several times with the same key. */
  readonly repeats: boolean
  /** When it has failed, the buyer pays once more, under another key. */
  readonly again: boolean
  /** When it is paid, the buyer gives the order back so much later. */
  readonly refundAfterMs?: number
}

/** One attempt to buy, as planned. */
export interface Step {
  readonly kind: Kind
  readonly sale: SaleName
  /** Index of the buyer. */
  readonly buyer: number
  readonly key: string
  readonly quantity: number
  readonly tokenFlaw?: TokenFlaw
  /** Instead of the body that `quantity` would make. */
  readonly badBody?: string
  readonly withoutKey?: boolean
  /** The client hangs up this long after sending. */
  readonly hangUpMs?: number
  /** If it wins, the buyer cancels this much later. */
  readonly cancelAfterMs?: number
  /** If it wins, the buyer pays. */
  readonly paying?: Paying
  /** If it wins, the buyer reads the order at once. */
  readonly reads?: boolean
}

export const LIMIT_PER_BUYER = 2
/** What the demo's gateway lets a buyer attempt in ten seconds. */
export const QUOTA_ATTEMPTS = 50
export const BRIEF_WINDOW_SECONDS = 4
/** How long the demo's orders wait for a payment under way. */
export const PAYING_HOLD_SECONDS = 3
/** After which silence the demo's provider is asked. */
export const POLL_AFTER_MS = 800
