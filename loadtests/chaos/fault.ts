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

/** What `begin` rejects with when all is as it was: the fault was not played. */
export class NothingBroken extends Error {}

/** For what is asked before anything is broken: who gets no answer breaks nothing. */
export async function orNothingBroken<T>(asking: Promise<T>): Promise<T> {
  return asking.catch((error: Error) => {
    throw new NothingBroken(error.message)
  })
}

/** A way to break the system. */
export interface FaultKind {
  readonly kind: string
  /** How often a round has it. */
  readonly weight: number
  /** How long one lasts: at least, and at most. Most are short. */
  readonly leastMs: number
  readonly mostMs: number
  /**
   * From where its recovery counts: from when it was broken, for what comes back by itself as a killed part
   * does, or from when it was mended.
   */
  readonly recovers: 'from-start' | 'from-mend'
  /** What it breaks on a machine that has everything: the plan is drawn over these, wherever it is made. */
  targets(stand: Stand): readonly string[]
  /** Why it cannot be played on this machine; if not given, it always can. */
  missing?(stand: Stand): string | undefined
  /** What no other fault may touch meanwhile: parts, or names of ways between them. */
  touches(target: string, stand: Stand): readonly string[]
  /**
   * Resolves when it is broken. Rejects with `NothingBroken` when nothing is. After any other error it may be
   * broken in part: what is undone then must have been tried here, and all must come back.
   */
  begin(stand: Stand, fault: Fault): Promise<Mend>
  /** What must be true again besides that all touched parts serve; for faults only the product can mend. */
  untilWhole?(stand: Stand): Promise<boolean>
}

/** For what is over when it has begun. */
export const NOTHING_TO_MEND: Mend = () => Promise.resolve()
/** In short, for faults that end in the moment they begin. */
export const AT_ONCE = { leastMs: 0, mostMs: 0 } as const
