import type { NewCharge } from '@stampede/contracts/provider'

export type Outcome = NewCharge['outcome']
export type End = 'succeeded' | 'failed'

/** A webhook about a charge as it was when it began, or as it ended. */
export interface Line {
  readonly about: 'start' | 'end'
  readonly afterMs: number
  /** How often it is sent under the same id. */
  readonly copies: number
}

export interface Script {
  readonly end: End
  /** What is taken beyond what was asked. */
  readonly moreCents: number
  readonly whenMade: readonly Line[]
  readonly whenDecided: readonly Line[]
}

const start: Line = { about: 'start', afterMs: 0, copies: 1 }
const end: Line = { about: 'end', afterMs: 0, copies: 1 }
const honest: Script = { end: 'succeeded', moreCents: 0, whenMade: [start], whenDecided: [end] }

/** How this sandbox plays each outcome: what it takes, and what it tells of it, when and how often. */
export const SCRIPTS: Readonly<Record<Outcome, Script>> = {
  succeed: honest,
  fail: { ...honest, end: 'failed' },
  never: { ...honest, whenMade: [], whenDecided: [] },
  duplicate: {
    ...honest,
    whenMade: [{ ...start, copies: 3 }],
    whenDecided: [
      { ...end, copies: 3 },
      { ...end, afterMs: 1_000 },
    ],
  },
  'out-of-order': { ...honest, whenMade: [], whenDecided: [end, { ...start, afterMs: 500 }] },
  'wrong-amount': { ...honest, moreCents: 1 },
}
