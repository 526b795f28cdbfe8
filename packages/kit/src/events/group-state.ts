import type { Topic } from '@stampede/contracts/events'
import type { Admin } from 'kafkajs'
import type { Pool } from '../postgres.ts'
import { type KafkaLink, nameOf, useAdmin } from './kafka.ts'
import type { GroupState } from './watch.ts'

/** Partitions by the broker's topic name. */
export type Assignment = Readonly<Record<string, readonly number[]>>

export interface GroupQuestion {
  readonly kafka: KafkaLink
  readonly pool: Pool
  readonly group: string
  readonly topics: readonly Topic[]
  /** What this member works on; undefined while it is no member: then all is as if it were its own. */
  readonly assigned: Assignment | undefined
}

/** What a member has done and has before it. Rejects when Kafka or Postgres do not answer. */
export async function lookAtGroup({
  kafka,
  pool,
  group,
  topics,
  assigned,
}: GroupQuestion): Promise<GroupState> {
  await pool.query('select 1')
  return useAdmin(kafka.client, async (admin) => {
    const names = topics.map((topic) => nameOf(kafka, topic))
    const committed = await admin.fetchOffsets({ groupId: kafka.prefix + group, topics: names })
    const state = { lag: 0, done: 0, groupLag: 0 }
    for (const { topic, partitions } of committed) {
      const ends = await endsOf(admin, topic)
      for (const { partition, offset } of partitions) {
        const { low, high } = ends.get(partition) ?? { low: 0, high: 0 }
        // -1: nothing committed yet, so it starts at the oldest event. Older ones than that are gone.
        const at = Math.max(Number(offset), low)
        const waiting = Math.max(0, high - at)
        state.groupLag += waiting
        if (assigned !== undefined && !assigned[topic]?.includes(partition)) continue
        state.lag += waiting
        state.done += at
      }
    }
    return state
  })
}

async function endsOf(admin: Admin, topic: string): Promise<Map<number, { low: number; high: number }>> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return new Map(
    offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]),
  )
}
