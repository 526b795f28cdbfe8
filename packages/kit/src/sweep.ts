import type { Log } from './log.ts'

export interface SweepOptions<T> {
  /** What is swept, for the log: `webhooks`. */
  readonly what: string
  /**
   * Takes up to `max` of what is due, so that nobody else takes it for a while. Who dies with it in hand
   * leaves it to be taken again.
   */
  readonly take: (max: number) => Promise<readonly T[]>
  /** Works on one; must end by itself in bounded time. What rejects is left to be taken again. */
  readonly work: (item: T) => Promise<unknown>
  /** Most in hand at a time. */
  readonly atOnce: number
  readonly everyMs: number
  readonly log: Log
}

export interface Sweep {
  /** Looks at once instead of at the next round: call it when something may have become due. */
  wake(): void
  /** Takes nothing more and waits for what is in hand. */
  close(): Promise<void>
}

/**
 * Works on what rows say is due: at a steady rhythm, at once when woken, some at a time. The rows are the
 * truth, so a wake-up may be lost and any number of processes may sweep the same table.
 */
export function openSweep<T>({ what, take, work, atOnce, everyMs, log }: SweepOptions<T>): Sweep {
  const inHand = new Set<Promise<void>>()
  const taking = openOutage(log, what, 'taken')
  const working = openOutage(log, what, 'worked on')
  let looked: Promise<void> = Promise.resolve()
  let [looking, again, mayBeMore, closed] = [false, false, false, false]

  function wake(): void {
    again = true
    if (looking || closed) return
    looking = true
    looked = look()
  }

  async function look(): Promise<void> {
    while (again && !closed) {
      again = false
      const free = atOnce - inHand.size
      // Who ends next looks: full hands mean that there may be more.
      if (free === 0) break
      const items = await take(free).then(taking.ended, taking.failed)
      for (const item of items ?? []) begin(item)
      mayBeMore = items?.length === free
    }
    looking = false
  }

  function begin(item: T): void {
    const done = work(item)
      .then(working.ended, working.failed)
      .then(() => {
        inHand.delete(done)
        if (mayBeMore) wake()
      })
    inHand.add(done)
  }

  const timer = setInterval(wake, everyMs)
  return {
    wake,
    async close() {
      closed = true
      clearInterval(timer)
      await looked
      await Promise.all(inHand)
    },
  }
}

/** Says once that something fails and once that it works again, however often it is tried in between. */
function openOutage(log: Log, what: string, how: string) {
  let failing = false
  return {
    ended<R>(result: R): R {
      if (failing) log.info({ what }, `${how} again`)
      failing = false
      return result
    },
    failed(error: unknown): undefined {
      if (!failing) log.warn({ err: error, what }, `cannot be ${how} for now; trying on`)
      failing = true
    },
  }
}
