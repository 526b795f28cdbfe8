import type { Refusal } from '@stampede/contracts/claims'
import type { Placement } from '@stampede/contracts/orders'
import type { ProblemCode } from '@stampede/contracts/problems'

/** What became of an attempt: the order service's word, or why it could not give one. */
export type Placing = Placement | { readonly refused: Unheard }
export type Unheard = 'overloaded' | 'unavailable'

/** What a refusal is called in public. `retryAfter` in seconds. */
export const REFUSED = {
  'sold-out': { code: 'sold_out' },
  limit: { code: 'limit_reached' },
  'not-open': { code: 'not_open' },
  'unknown-sale': { code: 'not_found' },
  'key-reused': { code: 'idempotency_key_reused' },
  'gate-closed': { code: 'gate_closed', retryAfter: 1 },
  busy: { code: 'overloaded', retryAfter: 1 },
  late: { code: 'deadline_exceeded' },
  overloaded: { code: 'overloaded', retryAfter: 1 },
  unavailable: { code: 'unavailable', retryAfter: 1 },
} as const satisfies Record<Refusal | Unheard, { code: ProblemCode; retryAfter?: number }>
