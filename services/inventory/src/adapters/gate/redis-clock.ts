import type { Redis } from 'ioredis'

/** Longer on its way, as when this process was frozen, an answer says little of when it was given. */
const TRIP_MS_MAX = 1_000

/**
 * By how much the ledger's clock `now` is ahead of Redis' at this moment, in milliseconds. Throws when the
 * answer took too long to tell.
 */
export async function measureAhead(redis: Redis, now: () => number): Promise<number> {
  const askedAt = performance.now()
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number)
  const tripMs = performance.now() - askedAt
  if (tripMs > TRIP_MS_MAX) throw new Error(`Redis told its time after ${Math.round(tripMs)} ms`)
  return Math.round(now() - tripMs / 2 - (seconds * 1_000 + micros / 1_000))
}
