import type { Log } from '@stampede/kit/log'
import { openOutageLog } from './outage-log.ts'

export interface ExpiryOptions {
  /** Expires one chunk of overdue orders and returns how many. Safe to run anywhere, any number of times. */
  readonly expireSome: () => Promise<number>
  /** What a full chunk holds: after one, there may be more. */
  readonly chunkMax: number
  readonly everyMs: number
  readonly log: Log
}

export interface Expiry {
  /** Expires all that is overdue now; resolves when done. Never rejects: the next round tries again. */
  sweep(): Promise<void>
  close(): Promise<void>
}

/** Ends overdue orders at a steady rhythm, and at once when woken. One sweep at a time in this process. */
export function openExpiry({ expireSome, chunkMax, everyMs, log }: ExpiryOptions): Expiry {
  let running: Promise<void> | undefined
  let again = false
  const outage = openOutageLog(log, 'overdue orders wait; trying on', 'orders expire again')

  async function run(): Promise<void> {
    do {
      again = false
      await sweepOnce()
    } while (again)
    running = undefined
  }

  async function sweepOnce(): Promise<void> {
    try {
      while ((await expireSome()) >= chunkMax);
      outage.worked()
    } catch (error) {
      outage.failed(error)
    }
  }

  function sweep(): Promise<void> {
    // Whoever calls during a sweep may know of orders that it has passed already.
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
