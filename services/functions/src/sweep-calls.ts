import type { Log } from '@stampede/kit/log'
import type { CallKey } from './domain/registry.ts'

export interface CallSweepOptions {
  readonly overdue: (rowsMax: number, sinceMs: number) => Promise<readonly CallKey[]>
  readonly announce: (calls: readonly CallKey[], round?: string) => Promise<void>
  readonly everyMs: number
  /** Who has been due for so long has no job that a worker could find, whatever the queue says. */
  readonly lostMs: number
  readonly rowsMax: number
  readonly log: Log
}

/**
 * Announces calls that are due and whose job is not to be seen: those to be tried again, and those whose job
 * was lost. A call that has a job already is not announced twice, so it may look as often as it likes; only
 * now and then it does not believe the queue, and announces what is due for long afresh. Other than the kit's
 * sweep it takes nothing into its hands: a call stays due until a worker takes it.
 */
export function openCallSweep({ overdue, announce, log, ...limits }: CallSweepOptions) {
  const { everyMs, lostMs, rowsMax } = limits
  let afreshAt = performance.now() + lostMs
  let timer: NodeJS.Timeout | undefined
  let failing = false
  let closed = false
  let sweeping = Promise.resolve()

  async function sweep(): Promise<void> {
    try {
      await announce(await overdue(rowsMax, everyMs))
      if (performance.now() >= afreshAt) {
        afreshAt = performance.now() + lostMs
        await announce(await overdue(rowsMax, lostMs), `-again-${Date.now()}`)
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
