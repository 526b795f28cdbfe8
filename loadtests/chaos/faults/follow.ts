import type { Consumer, IHeaders, Kafka } from 'kafkajs'
import { PROBE } from '../../system/kafka-reader.ts'
import { useAdmin } from './broker.ts'

/** A message as it lies on the broker. */
export interface Copy {
  readonly topic: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: IHeaders
}

export interface FollowTerms {
  readonly topics: readonly string[]
  /** It begins so many messages before the end of each partition. */
  readonly before: number
  /** The next message is read when this one is done with. */
  readonly onMessage: (copy: Copy) => Promise<void>
}

const JOIN_MS = 15_000
/** Where nothing comes it asks anew so often: what comes is to be seen soon. */
const FETCH_MS = 200

/**
 * Reads all that comes, in a group that nobody waits for, until it is closed. Resolves when it reads; rejects
 * when that takes more than 15 s.
 */
export async function followTopics(broker: Kafka, terms: FollowTerms): Promise<{ close(): Promise<void> }> {
  const starts = await findStarts(broker, terms)
  const groupId = `${PROBE}chaos-${Date.now()}`
  const consumer = broker.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: FETCH_MS })
  const close = async () => {
    await consumer.disconnect()
    await useAdmin(broker, (admin) => admin.deleteGroups([groupId])).catch(() => undefined)
  }
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [...terms.topics], fromBeginning: false })
    const joined = untilJoined(consumer)
    // Awaited below; until then a failure of something else may be told first.
    joined.catch(() => undefined)
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ topic, message: { key, value, headers = {} } }) =>
        terms.onMessage({ topic, key, value, headers }),
    })
    for (const start of starts) consumer.seek(start)
    await joined
  } catch (error) {
    await close()
    throw error
  }
  return { close }
}

function untilJoined(consumer: Consumer): Promise<void> {
  return new Promise((joined, failed) => {
    const limit = setTimeout(() => failed(new Error('nobody could follow the topics')), JOIN_MS)
    consumer.on(consumer.events.GROUP_JOIN, () => {
      clearTimeout(limit)
      joined()
    })
  })
}

async function findStarts(broker: Kafka, { topics, before }: FollowTerms) {
  return useAdmin(broker, async (admin) => {
    const found = await Promise.all(
      topics.map(async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topic)
        return offsets.map(({ partition, low, high }) => ({
          ...{ topic, partition },
          offset: String(Math.max(Number(low), Number(high) - before)),
        }))
      }),
    )
    return found.flat()
  })
}
