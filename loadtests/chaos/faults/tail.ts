import type { IHeaders, Kafka } from 'kafkajs'
import { PROBE } from '../../system/kafka-reader.ts'
import { useAdmin } from './broker.ts'

/** A message as it lies on the broker. */
export interface Copy {
  readonly topic: string
  readonly partition: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: IHeaders
}

interface Stretch {
  readonly topic: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

const READ_MS = 15_000

/** The last messages of each partition, at most so many. Rejects when they cannot be read within 15 s. */
export async function readTails(broker: Kafka, topics: readonly string[], each: number): Promise<Copy[]> {
  const stretches = await findStretches(broker, topics, each)
  if (stretches.length === 0) return []
  const groupId = `${PROBE}chaos-${Date.now()}`
  const consumer = broker.consumer({ groupId })
  const copies: Copy[] = []
  const open = new Map(stretches.map((stretch) => [placeOf(stretch), stretch]))
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: false })
    await new Promise<void>((all, failed) => {
      const limit = setTimeout(() => failed(new Error('the ends of the topics could not be read')), READ_MS)
      const running = consumer.run({
        autoCommit: false,
        eachMessage: async ({ topic, partition, message }) => {
          const stretch = open.get(placeOf({ topic, partition }))
          if (!stretch || Number(message.offset) < stretch.from) return
          const { key, value, headers = {} } = message
          copies.push({ topic, partition, key, value, headers })
          if (Number(message.offset) >= stretch.to - 1) open.delete(placeOf(stretch))
          if (open.size > 0) return
          clearTimeout(limit)
          all()
        },
      })
      running.catch(failed)
      for (const { topic, partition, from } of stretches) {
        consumer.seek({ topic, partition, offset: String(from) })
      }
    })
  } finally {
    await consumer.disconnect()
    await useAdmin(broker, (admin) => admin.deleteGroups([groupId])).catch(() => undefined)
  }
  return copies
}

async function findStretches(broker: Kafka, topics: readonly string[], each: number): Promise<Stretch[]> {
  return useAdmin(broker, async (admin) => {
    const found = await Promise.all(
      topics.map(async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topic)
        return offsets.map(({ partition, low, high }) => {
          const from = Math.max(Number(low), Number(high) - each)
          return { topic, partition, from, to: Number(high) }
        })
      }),
    )
    return found.flat().filter(({ from, to }) => to > from)
  })
}

function placeOf({ topic, partition }: Pick<Stretch, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`
}
