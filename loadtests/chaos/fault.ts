import type { Stand } from '@stampede/local/stand/stand'

/** One fault of a plan. */
export interface Fault {
  readonly kind: string
  readonly target: string
  /** When it begins, in ms from the start of the run, and how long it lasts before it is mended. */
  readonly atMs: number
  readonly forMs: number
  /** From which it draws what it needs. */
  readonly seed: number
}

/** Ends a fault. Must bring everything back that the fault has taken. */
export type Mend = () => Promise<void>

/** A way to break the system. */
export interface FaultKind {
  readonly kind: string
  /** How often a round has it. */
  readonly weight: number
  /** How long one lasts: at least, and at most. Most are short. */
  readonly leastMs: number
  readonly mostMs: number
  /** From where its recovery counts: a killed part comes back by itself. */
  readonly recovers: 'from-start' | 'from-mend'
  /** What it can break here, or why it cannot be played on this machine. */
  targets(stand: Stand): readonly string[] | { readonly missing: string }
  /** What no other fault may touch meanwhile: parts, or names of ways between them. */
  touches(target: string, stand: Stand): readonly string[]
  /** Rejects when nothing could be broken; then it has left nothing broken. */
  begin(stand: Stand, fault: Fault): Promise<Mend>
  /** What must be true again besides that all touched parts serve; for faults only the product can mend. */
  untilWhole?(stand: Stand): Promise<boolean>
}

/** For what is over when it has begun. */
export const NOTHING_TO_MEND: Mend = () => Promise.resolve()
/** In short, for faults that end in the moment they begin. */
export const AT_ONCE = { leastMs: 0, mostMs: 0 } as const
