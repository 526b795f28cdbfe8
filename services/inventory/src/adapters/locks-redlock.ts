import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@stampede/kit/log'
import { Redis } from 'ioredis'
import Redlock from 'redlock'

/** Between two tries, at least and at most: those who wait must not come back all at once. */
const RETRY_MS = [2, 18] as const
const TOKEN_KEPT_S = 86_400

/** A lock that was got. It ends by itself with its lease, whether its holder has noticed or not. */
export interface Lock {
  /** Tries it took, 1 or more. */
  readonly tries: number
  /** Half the lease is over, on the clock of `performance.now()`: begin nothing new. */
  readonly restAt: number
  release(): Promise<void>
}

export type Locks = ReturnType<typeof openLocks>

/** One lock for each sale, over all processes. `leaseMs`: how long a lock is kept at most. */
export function openLocks(url: string, leaseMs: number, log: Log) {
  const redis = new Redis(url, {
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (tries) => Math.min(50 * tries, 500),
  })
  redis.on('error', (error) => log.warn({ err: error }, 'Redis of the locks'))
  const redlock = new Redlock([redis], { retryCount: 0 })
  const fenceOf = (saleId: string) => `fence:{${saleId}}`
  return {
    /** Tries until `deadline`, a `performance.now()`. Undefined: nobody let go, or Redis is away. */
    async acquire(saleId: string, deadline: number): Promise<Lock | undefined> {
      for (let tries = 1; tries === 1 || performance.now() < deadline; tries++) {
        const restAt = performance.now() + leaseMs / 2
        const lock = await redlock.lock(`lock:{${saleId}}`, leaseMs).catch(() => undefined)
        if (lock) return { tries, restAt, release: () => lock.unlock().catch(() => undefined) }
        const [least, most] = RETRY_MS
        await sleep(least + Math.random() * (most - least))
      }
      return undefined
    },
    /** A number greater than all before, unless Redis has forgotten them. To be drawn under the lock. */
    async nextToken(saleId: string): Promise<number> {
      const token = await redis.incr(fenceOf(saleId))
      await redis.expire(fenceOf(saleId), TOKEN_KEPT_S)
      return token
    },
    /** Lets the tokens go on `by` further: they only ever grow, so to call this in error does no harm. */
    async skipTokens(saleId: string, by: number): Promise<void> {
      await redis.incrby(fenceOf(saleId), by)
    },
    close: () => redis.disconnect(),
  }
}
