import type { Log } from '@stampede/kit/log'
import { openOutageLog } from './outage-log.ts'

export interface RoundsOptions {
  /** Does one chunk and returns how much it was. Safe to run anywhere, any number of times. */
  readonly doSome: () => Promise<number>
  /** What a full chunk holds: after one, there may be more. */
  readonly chunkMax: number
  readonly everyMs: number
  readonly log: Log
  /** What is logged when it stops working, and when it works again. */
  readonly away: string
  readonly back: string
}

export interface Rounds {
  /** Does all there is to do now; resolves when done. Never rejects: the next round tries again. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/** Does a chore at a steady rhythm, and at once when woken. One sweep at a time in this process. */
export function openRounds({ doSome, chunkMax, everyMs, log, away, back }: RoundsOptions): Rounds {
  let running: Promise<void> | undefined
  let again = false
  const outage = openOutageLog(log, away, back)

  async function run(): Promise<void> {
    do {
      again = false
      await sweepOnce()
    } while (again)
    running = undefined
  }

  async function sweepOnce(): Promise<void> {
    try {
      while ((await doSome()) >= chunkMax);
      outage.worked()
    } catch (error) {
      outage.failed(error)
    }
  }

  function sweep(): Promise<void> {
    // Whoever calls during a sweep may know of work that it has passed already.
    again = running !== undefined
    running ??= run()
    return running
  }

  const timer = setInterval(() => void sweep(), everyMs)
  return {
    sweep,
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
