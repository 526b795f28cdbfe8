import type { Hop } from '@stampede/contracts/telemetry'

/** What a hop did for several at once. */
export interface Round {
  readonly hop: Hop
  readonly traceIds: readonly string[]
  /** As in `Passage`. */
  readonly startMs: number
  readonly endMs: number
  /** As in `Passage`, of all of them or of the first that failed. */
  readonly failed?: string | undefined
  /** For each trace what went wrong with it; only there when it did so with some and not with all. */
  readonly failures?: readonly (string | undefined)[] | undefined
}

/** What went wrong with the trace at a place of a round. */
export function failureAt({ failed, failures }: Round, i: number): string | undefined {
  return failures ? failures[i] : failed
}

interface Noted {
  readonly round: Round
  readonly told: string | undefined
}

const ROUNDS_MAX = 128

/** What is known of the passage of one trace through a round. */
export type Passed = Pick<Round, 'hop' | 'startMs' | 'endMs' | 'failed'>

/** The last rounds of this process: what was not chosen can still be kept when it turns out to matter. */
export class Recent {
  readonly #rounds: Noted[] = []
  #next = 0

  /** `told`: the trace whose span was kept at once, with all that was known of it. */
  note(round: Round, told: string | undefined): void {
    this.#rounds[this.#next] = { round, told }
    this.#next = (this.#next + 1) % ROUNDS_MAX
  }

  of(traceId: string): Passed[] {
    return this.#rounds.flatMap(({ round, told }) => {
      const i = round.traceIds.indexOf(traceId)
      if (i < 0 || told === traceId) return []
      const { hop, startMs, endMs } = round
      return [{ hop, startMs, endMs, failed: failureAt(round, i) }]
    })
  }
}
