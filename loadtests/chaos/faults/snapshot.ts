import { Redis } from 'ioredis'

/** All that a Redis holds, as it can be put back: key, time to live in ms (0: for ever), the dumped value. */
export type Snapshot = readonly (readonly [key: Buffer, ttlMs: number, value: Buffer])[]

const SCAN_COUNT = 1000
const CALL_MS = 15_000

/** Lends a connection of its own, that gives up rather than waits for a server that is away. */
export async function useRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    ...{ commandTimeout: CALL_MS, connectTimeout: CALL_MS, maxRetriesPerRequest: 0 },
    retryStrategy: () => null,
  })
  // What went wrong is told by the command that failed.
  redis.on('error', () => undefined)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Not in one moment: it may be torn, as the copy of a server that goes on working is. */
export async function takeSnapshot(redis: Redis): Promise<Snapshot> {
  const keys = await scanKeys(redis, '*')
  const found: [Buffer, number, Buffer][] = []
  for (let at = 0; at < keys.length; at += SCAN_COUNT) {
    const page = keys.slice(at, at + SCAN_COUNT)
    // All at once: the client sends them in one go.
    const dumped = await Promise.all(page.map((key) => Promise.all([redis.pttl(key), redis.dumpBuffer(key)])))
    for (const [index, [ttlMs, value]] of dumped.entries()) {
      // A key may have ended since it was listed.
      if (value) found.push([page[index] as Buffer, Math.max(0, ttlMs), value])
    }
  }
  return found
}

/** In one step, so that nobody sees it half done: all that is there goes, all that was there comes back. */
export async function putBack(redis: Redis, snapshot: Snapshot): Promise<void> {
  const step = redis.multi().flushall()
  for (const [key, ttlMs, value] of snapshot) step.restore(key, ttlMs, value)
  const results = await step.exec()
  const failed = results?.find(([error]) => error)
  if (failed?.[0]) throw failed[0]
}

export async function scanKeys(redis: Redis, match: string): Promise<Buffer[]> {
  const keys: Buffer[] = []
  let cursor: string | Buffer = '0'
  do {
    const [next, page]: [Buffer, Buffer[]] = await redis.scanBuffer(
      cursor,
      'MATCH',
      match,
      'COUNT',
      SCAN_COUNT,
    )
    keys.push(...page)
    cursor = next.toString()
  } while (cursor !== '0')
  return keys
}
