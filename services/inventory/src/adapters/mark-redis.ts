import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'

/** Leaves a new mark; false when the last one is no longer what stands there. Throws when Redis is away. */
export type LeaveMark = () => Promise<boolean>

const HOUR_MS = 3_600_000
const UNSURE_MAX = 100

/**
 * How a process sees that Redis as a whole was put back to an earlier state: its views may look right then,
 * as claims made since have brought their counters on, and hold other claims than the ledger. A mark that is
 * gone tells the same: Redis is as it was before the first one, or empty, and then missing views say more.
 */
export function openMark(redis: Redis): LeaveMark {
  const key = `mark:{${randomUUID()}}`
  let count = 0
  /** What may stand there: the last mark, and those of which no answer came. */
  let standing: string[] = []
  let left = false
  return async () => {
    count += 1
    const next = String(count)
    const before = standing
    standing = [...before, next].slice(-UNSURE_MAX)
    const found = await redis.set(key, next, 'PX', HOUR_MS, 'GET')
    const isFirst = !left
    left = true
    standing = [next]
    return found === null ? isFirst : before.includes(found)
  }
}
