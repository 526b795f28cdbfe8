import { setTimeout as sleep } from 'node:timers/promises'
import { TOPICS, type Topic } from '@stampede/contracts/events'
import type { Message, Producer } from 'kafkajs'
import { drawInteger, type Random, seededRandom, shuffle } from '../../generator/random.ts'
import { AT_ONCE, type FaultKind, NOTHING_TO_MEND } from '../fault.ts'
import { openBroker, presentTopics, useProducer } from './broker.ts'
import { drawPoison } from './poison.ts'
import { readTails } from './tail.ts'

const BROKER = ['kafka'] as const
const TIMES = 3
const EACH_PARTITION = 30

/** The last messages of all topics come three times more, in any order, each in any partition. */
export const AGAIN: FaultKind = {
  ...{ kind: 'messages-again', weight: 1, ...AT_ONCE, recovers: 'from-start' },
  targets: () => BROKER,
  touches: () => BROKER,
  async begin(stand, { seed }) {
    const broker = openBroker(stand)
    const random = seededRandom(seed)
    const copies = await readTails(broker, await presentTopics(broker), EACH_PARTITION)
    const scattered = copies.flatMap((copy) => {
      const partitions = TOPICS[copy.topic as Topic]
      const partition = () => drawInteger(random, partitions)
      return Array.from({ length: TIMES }, () => ({ ...copy, partition: partition() }))
    })
    await useProducer(broker, (producer) => produce(producer, shuffle(random, scattered)))
    return NOTHING_TO_MEND
  },
}

const POISON_EVERY_MS = 500

/** As long as it lasts, each topic gets what is no event at all, or one that is malformed. */
export const POISON: FaultKind = {
  ...{ kind: 'poison', weight: 1, leastMs: 2000, mostMs: 20_000, recovers: 'from-mend' },
  targets: () => BROKER,
  touches: () => BROKER,
  async begin(stand, { seed }) {
    const broker = openBroker(stand)
    const random = seededRandom(seed)
    const topics = await presentTopics(broker)
    const stopping = new AbortController()
    const feeding = useProducer(broker, async (producer) => {
      while (!stopping.signal.aborted) {
        await produce(
          producer,
          topics.map((topic) => spoil(random, topic)),
        )
        await sleep(POISON_EVERY_MS)
      }
    })
    // Heard when it is mended.
    feeding.catch(() => undefined)
    return async () => {
      stopping.abort()
      await feeding
    }
  },
}

type Placed = Message & { readonly topic: string }

function spoil(random: Random, topic: string): Placed {
  const partition = drawInteger(random, TOPICS[topic as Topic])
  return { topic, partition, ...drawPoison(random, topic) }
}

async function produce(producer: Producer, messages: readonly Placed[]): Promise<void> {
  const byTopic = Map.groupBy(messages, ({ topic }) => topic)
  const topicMessages = [...byTopic].map(([topic, placed]) => ({
    topic,
    messages: placed.map(({ key, value, headers, partition }) => ({
      ...{ key: key ?? null, value },
      ...(headers && { headers }),
      ...(partition !== undefined && { partition }),
    })),
  }))
  await producer.sendBatch({ acks: -1, topicMessages })
}
