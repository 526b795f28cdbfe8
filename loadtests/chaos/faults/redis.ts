import { AT_ONCE, type FaultKind, NOTHING_TO_MEND, NothingBroken, orNothingBroken } from '../fault.ts'
import { putBack, scanKeys, takeSnapshot, useRedis } from './snapshot.ts'

const MEMORY = ['redis-gate'] as const
const QUEUES = ['redis-queue'] as const
const urlOf = { 'redis-gate': 'REDIS_GATE_URL', 'redis-queue': 'REDIS_QUEUE_URL' } as const
const itself = (target: string) => [target]

/** The gate loses its memory while it runs. */
export const FLUSH: FaultKind = {
  ...{ kind: 'flush', weight: 1, ...AT_ONCE, recovers: 'from-start' },
  targets: () => MEMORY,
  touches: itself,
  async begin({ system }) {
    await useRedis(system.engines.REDIS_GATE_URL, (redis) => redis.flushall())
    return NOTHING_TO_MEND
  },
}

/** What was true seconds ago is true again: as after a failover to a replica that was behind. */
export const ROLLBACK: FaultKind = {
  ...{ kind: 'rollback', weight: 2, leastMs: 1000, mostMs: 10_000, recovers: 'from-mend' },
  targets: () => [...MEMORY, ...QUEUES],
  touches: itself,
  async begin({ system }, { target }) {
    const url = system.engines[urlOf[target as keyof typeof urlOf]]
    const snapshot = await orNothingBroken(useRedis(url, takeSnapshot))
    return () => useRedis(url, (redis) => putBack(redis, snapshot))
  },
}

const QUEUE_KEYS = 'stampede:*'

/** Every chore that BullMQ knows of is forgotten. */
export const QUEUES_LOST: FaultKind = {
  ...{ kind: 'queues-lost', weight: 1, ...AT_ONCE, recovers: 'from-start' },
  targets: () => QUEUES,
  touches: itself,
  async begin({ system }) {
    await useRedis(system.engines.REDIS_QUEUE_URL, async (redis) => {
      const keys = await scanKeys(redis, QUEUE_KEYS)
      if (keys.length === 0) throw new NothingBroken('there is no key of a queue')
      await redis.unlink(...keys)
    })
    return NOTHING_TO_MEND
  },
}
