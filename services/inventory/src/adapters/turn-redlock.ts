import type { Redis } from 'ioredis'
import Redlock from 'redlock'

/**
 * Runs a job unless another instance is running it now. Only to spare work: the lease may run out while its
 * holder is paused, so each job must be safe to run twice at once.
 */
export function openTurn(redis: Redis, name: string, leaseMs: number) {
  const locks = new Redlock([redis], { retryCount: 0 })
  return async (job: () => Promise<void>): Promise<void> => {
    const lock = await locks.lock(`turn:{${name}}`, leaseMs).catch(() => undefined)
    if (!lock) return
    try {
      await job()
    } finally {
      await lock.unlock().catch(() => undefined)
    }
  }
}
