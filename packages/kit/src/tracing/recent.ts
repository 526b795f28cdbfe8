import type { Hop } from '@stampede/contracts/telemetry'

/** What a hop did for several at once. */
export interface Round {
  readonly hop: Hop
  readonly traceIds: readonly string[]
  /** As in `Passage`. */
  readonly startMs: number
  readonly endMs: number
  readonly failed?: string | undefined
}

const ROUNDS_MAX = 128

/** The last rounds of this process: what was not chosen can still be kept when it turns out to matter. */
export class Recent {
  readonly #rounds: Round[] = []
  #next = 0

  note(round: Round): void {
    this.#rounds[this.#next] = round
    this.#next = (this.#next + 1) % ROUNDS_MAX
  }

  of(traceId: string): Round[] {
    return this.#rounds.filter(({ traceIds }) => traceIds.includes(traceId))
  }
}
