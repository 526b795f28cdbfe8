import { zeroOf } from '@stampede/kit/told-time'
import type { Redis } from 'ioredis'

const TRIP_MS_MAX = 1_000

/**
 * By how much the ledger's clock `now` is ahead of Redis' at this moment, in milliseconds. Throws when the
 * answer took too long to tell.
 */
export async function measureAhead(redis: Redis, now: () => number): Promise<number> {
  const askedAt = performance.now()
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number)
  const heardAt = performance.now()
  const zero = zeroOf({ theirs: seconds * 1_000 + micros / 1_000, askedAt, heardAt }, TRIP_MS_MAX)
  if (zero === undefined) throw new Error(`Redis told its time after ${Math.round(heardAt - askedAt)} ms`)
  return Math.round(now() - performance.now() - zero)
}
