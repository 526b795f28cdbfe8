import type { Lateness } from '../generator/open-loop.ts'
import type { Totals } from '../generator/tally.ts'

/** Load as the generator's process is told to make it: plain data. */
export interface Shot {
  /** Origins; connections are shared among them evenly. */
  readonly urls: readonly string[]
  readonly aim: Aim
  readonly pace: Pace
  /** Sent before, one after the other, over as many connections, and not counted. */
  readonly warmUps: readonly WarmUp[]
}

/** Makes the load of one round. */
export type ShotOf = () => Promise<Omit<Shot, 'urls'>>

export interface WarmUp {
  readonly aim: Aim
  readonly attempts: number
}

/** Whose attempts go to which sales. */
export interface Aim {
  /** Attempts go to these in turn … */
  readonly saleIds: readonly string[]
  /** … but each `every`th goes to one of those, in turn. */
  readonly instead?: { readonly every: number; readonly saleIds: readonly string[] }
  /** Buyers of the file, in turn: `count` from index `first`. */
  readonly buyers: { readonly first: number; readonly count: number }
  /** Keys are this and a number: fresh for each shot. */
  readonly keys: string
  /**
   * Without their key attempts are refused as soon as the token is verified: that is how tokens are warmed.
   */
  readonly keyless?: boolean
}

export type Pace =
  /** As fast as answers come, until so many are sent or the time is up. */
  | { readonly connections: number; readonly attempts: number; readonly limitMs: number }
  /** At this rate, whether answers come or not. */
  | { readonly ratePerSecond: number; readonly durationMs: number; readonly connectionsMax: number }

/** What the generator measured. */
export interface Hit extends Totals {
  readonly tookMs: number
  /** Of the generator's own process, in microseconds. */
  readonly generatorCpuUs: number
  readonly lateness?: Lateness
}

/** Between the two processes: `ready` when all is warm and connected, `go` to begin, `hit` at the end. */
export type ShooterWord = { readonly ready: true } | { readonly hit: Hit }
export interface ShooterOrder {
  readonly shot: Shot
  readonly buyersFile: string
}
