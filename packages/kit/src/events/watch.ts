import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import { observe } from '../metrics/instruments.ts'

/** How far a member of a group is with its partitions, and the group with all. */
export interface GroupState {
  /** Events that wait in this member's partitions. */
  readonly lag: number
  /** How many of those partitions were ever done with. */
  readonly done: number
  /** Events that wait for the whole group: the same in each process, also in one that is no member now. */
  readonly groupLag: number
}

export interface WatchOptions {
  /** Whose lag it is. */
  readonly group: string
  readonly log: Log
  /** Asks Kafka, and Postgres whether it answers; rejects when one of them does not. */
  readonly look: () => Promise<GroupState>
  readonly everyMs: number
  readonly stuckMs: number
  readonly onStuck: (reason: string) => void
}

export interface Watch {
  /** Something got done. */
  progress(): void
  close(): void
}

/**
 * Finds the consumer that lives and does nothing: events wait, Kafka and Postgres answer, and yet nothing
 * moves for `stuckMs`. An outage is no such case, nor is a pause of this whole process.
 */
export function openWatch({ group, log, look, everyMs, stuckMs, onStuck }: WatchOptions): Watch {
  let movedAt = performance.now()
  let lookedAt = movedAt
  let last: GroupState | undefined
  let looking = false

  async function check(): Promise<void> {
    const now = performance.now()
    if (now - lookedAt > 3 * everyMs) movedAt = now
    lookedAt = now
    const state = await within(everyMs, 'looking at the lag', look()).catch(() => undefined)
    const still = state !== undefined && state.lag > 0 && state.done === last?.done
    if (!still) movedAt = performance.now()
    last = state
    if (performance.now() - movedAt < stuckMs) return
    log.error({ lag: state?.lag }, 'events wait and nothing moves')
    onStuck(`no progress for ${stuckMs} ms with ${state?.lag} events waiting`)
  }

  // As of the last look; nothing before the first and while Kafka or Postgres do not answer.
  const unobserve = observe('stampede.consumer.lag', () => (last ? [[last.groupLag, group]] : []))
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void check().finally(() => {
      looking = false
    })
  }, everyMs)
  timer.unref()

  return {
    progress() {
      movedAt = performance.now()
    },
    close() {
      unobserve()
      clearInterval(timer)
    },
  }
}
