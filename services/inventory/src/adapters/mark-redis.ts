import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'

/** Leaves a new mark; false when the last one is no longer what stands there. Throws when Redis is away. */
export type LeaveMark = () => Promise<boolean>

const HOUR_MS = 3_600_000
const UNSURE_MAX = 100

/**
 * How a process sees that Redis as a whole was put back to an earlier state: its views may look right then,
 * as claims made since have brought their counters on, and hold other claims than the ledger. A Redis that
 * is empty is none of this one's business: missing views tell of it.
 */
export function openMark(redis: Redis): LeaveMark {
  const key = `mark:{${randomUUID()}}`
  let count = 0
  /** What may stand there: the last mark, and those of which no answer came. */
  let standing: string[] = []
  return async () => {
    count += 1
    const next = String(count)
    const before = standing
    standing = [...before, next].slice(-UNSURE_MAX)
    const found = await redis.set(key, next, 'PX', HOUR_MS, 'GET')
    standing = [next]
    return found === null || before.includes(found)
  }
}
