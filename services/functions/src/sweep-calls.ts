import type { Log } from '@stampede/kit/log'
import type { CallKey } from './domain/registry.ts'

export interface CallSweepOptions {
  readonly overdue: (rowsMax: number, sinceMs: number) => Promise<readonly CallKey[]>
  readonly announce: (calls: readonly CallKey[]) => Promise<void>
  /** Announces those whose jobs lie where no worker finds them. */
  readonly announceLost: (calls: readonly CallKey[]) => Promise<void>
  readonly everyMs: number
  /** Who has been due for so long waits in a backlog, or has no job that a worker could find. */
  readonly lostMs: number
  readonly rowsMax: number
  readonly log: Log
}

/**
 * Announces calls that are due and whose job is not to be seen: those to be tried again, and those whose job
 * was lost. A call that has a job already is not announced twice, so it may look as often as it likes; only
 * now and then it has the jobs looked for of what is due for long. Other than the kit's sweep it takes
 * nothing into its hands: a call stays due until a worker takes it.
 */
export function openCallSweep({ overdue, announce, announceLost, log, ...limits }: CallSweepOptions) {
  const { everyMs, lostMs, rowsMax } = limits
  let lookAt = performance.now() + lostMs
  let timer: NodeJS.Timeout | undefined
  let failing = false
  let closed = false
  let sweeping = Promise.resolve()

  async function sweep(): Promise<void> {
    try {
      await announce(await overdue(rowsMax, everyMs))
      if (performance.now() >= lookAt) {
        lookAt = performance.now() + lostMs
        await announceLost(await overdue(rowsMax, lostMs))
      }
      if (failing) log.info('calls are swept again')
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: error }, 'calls not swept; trying on')
      failing = true
    }
    if (!closed) schedule()
  }

  function schedule(): void {
    timer = setTimeout(() => {
      sweeping = sweep()
    }, everyMs)
  }

  schedule()
  return {
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await sweeping
    },
  }
}
