import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { useAdmin } from '../src/events/kafka.ts'
import { until } from '../testing/until.ts'
import { effects, type House, TOPIC } from './events-house.ts'

/** Deletes all topics of the house; those who need them make them anew. */
export async function deleteTopics({ kafka }: House): Promise<void> {
  await useAdmin(kafka.client, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(kafka.prefix))
    // Asked again after a slow answer, the client finds them gone.
    await admin.deleteTopics({ topics }).catch((error: { cause?: { type?: unknown } }) => {
      if (error.cause?.type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    })
  })
}

/** Where each partition ends, by its number. */
export async function highs({ kafka }: House): Promise<number[]> {
  const ends: number[] = []
  const offsets = await useAdmin(kafka.client, (admin) => admin.fetchTopicOffsets(kafka.prefix + TOPIC))
  for (const { partition, high } of offsets) ends[partition] = Number(high)
  return ends
}

/** Waits until everything is told, and told again. */
export async function untilTold({ pool }: House): Promise<void> {
  const sql = `select 1 from outbox where sent_at is null
    union all select 1 from topic_log where retell_below is not null`
  await until('all told', async () => (await pool.query(sql)).rowCount === 0)
}

/** Deletes what lies in the topic now and leaves its offsets as they are. */
export async function forgetBeginning({ kafka }: House): Promise<void> {
  const topic = kafka.prefix + TOPIC
  await useAdmin(kafka.client, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic)
    const partitions = offsets.map(({ partition, high }) => ({ partition, offset: high }))
    await admin.deleteTopicRecords({ topic, partitions })
  })
}

/** Waits until so many events have had their effect, and makes sure that none has two. */
export async function untilHad(house: House, total: number, limitMs = 30_000): Promise<void> {
  await until('all in', async () => (await effects(house)).distinct === total, limitMs)
  await sleep(700)
  assert.deepEqual(await effects(house), { total, distinct: total })
}
