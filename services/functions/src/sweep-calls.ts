import type { Log } from '@stampede/kit/log'
import type { CallKey } from './domain/registry.ts'

export interface CallSweepOptions {
  readonly overdue: (rowsMax: number, sinceMs: number) => Promise<readonly CallKey[]>
  readonly announce: (calls: readonly CallKey[]) => Promise<void>
  readonly everyMs: number
  readonly rowsMax: number
  readonly log: Log
}

/**
 * Announces calls that are due and whose job is not to be seen: those to be tried again, and those whose job
 * was lost. A call that has a job already is not announced twice, so it may look as often as it likes. Other
 * than the kit's sweep it takes nothing into its hands: a call stays due until a worker takes it.
 */
export function openCallSweep({ overdue, announce, everyMs, rowsMax, log }: CallSweepOptions) {
  let timer: NodeJS.Timeout | undefined
  let failing = false
  let closed = false
  let sweeping = Promise.resolve()

  async function sweep(): Promise<void> {
    try {
      await announce(await overdue(rowsMax, everyMs))
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
