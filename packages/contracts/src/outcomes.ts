import type { Refusal } from './claims.ts'
import { PROBLEMS, type ProblemCode } from './problems.ts'
import { ATTRIBUTES } from './telemetry.ts'

/** Why the gateway could not give the order service's word on an attempt. */
export type Unheard = 'overloaded' | 'unavailable'

/** What a refusal is called in public: in answers, metrics and spans. `retryAfter` in seconds. */
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

/** How a claim ended, or a hop of it: refused, or in any other way. */
type Ended = object & { readonly refused?: Refusal | Unheard }

/** How it ended, as an attribute of its span: `won`, `queued`, or why not. */
export function outcomeOf(result: Ended | undefined): Readonly<Record<string, string>> {
  if (!result) return {}
  if (result.refused !== undefined) return { [ATTRIBUTES.outcome]: REFUSED[result.refused].code }
  return { [ATTRIBUTES.outcome]: 'queued' in result ? 'queued' : 'won' }
}

const OURS = 500

/** What went wrong, if it was refused for want of an answer. A no that was decided is no failure. */
export function failureOf({ refused }: Ended): ProblemCode | undefined {
  if (refused === undefined) return undefined
  const { code } = REFUSED[refused]
  return PROBLEMS[code].status >= OURS ? code : undefined
}
