import { setTimeout as sleep } from 'node:timers/promises'
import { TOPICS, type Topic } from '@stampede/contracts/events'
import type { Kafka } from 'kafkajs'
import { drawInteger, type Random, seededRandom } from '../../generator/random.ts'
import { type FaultKind, type Mend, orNothingBroken } from '../fault.ts'
import { openBroker, presentTopics, useProducer } from './broker.ts'
import { type Copy, followTopics } from './follow.ts'
import { drawPoison } from './poison.ts'
import { type Placed, produce } from './produce.ts'
import { scatter } from './scatter.ts'

/** So many of each partition come again that were there before: they follow on what came after them. */
const BEFORE = 30
/** Within such a window copies change places. */
const WINDOW = { everyMs: 200, most: 1000, pollMs: 20 } as const

/** As long as it lasts every message of all topics comes twice more, in any order, in any partition. */
export const AGAIN = topicsKind('messages-again', 3000, async ({ broker, random, topics }) => {
  const window: Copy[] = []
  const stopping = new AbortController()
  const isOver = () => stopping.signal.aborted
  const sending = useProducer(broker, async (producer) => {
    while (!isOver() || window.length > 0) {
      if (window.length > 0) await produce(producer, scatter(random, window.splice(0)))
      await sleep(WINDOW.everyMs)
    }
  })
  // Heard when it is mended; until then nobody waits for room that would not come.
  sending.catch(() => stopping.abort())
  const onMessage = async (copy: Copy) => {
    while (window.length >= WINDOW.most && !isOver()) await sleep(WINDOW.pollMs)
    if (!isOver()) window.push(copy)
  }
  const end = async () => {
    stopping.abort()
    await sending
  }
  const following = await followTopics(broker, { topics, before: BEFORE, onMessage }).catch(
    async (error: Error) => {
      await end()
      throw error
    },
  )
  return async () => {
    await following.close()
    await end()
  }
})

/**
 * Each topic gets one so often: 22 a second, which is more than one in a hundred as long as fewer than 2,000
 * messages come in a second. A machine that makes as many is none of those we know.
 */
const POISON_EVERY_MS = 500

/** As long as it lasts, each topic gets what is no event at all, or one that is malformed. */
export const POISON = topicsKind('poison', 2000, async ({ broker, random, topics }) => {
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
})

interface Means {
  readonly broker: Kafka
  readonly random: Random
  /** Those there are. */
  readonly topics: readonly string[]
}

function topicsKind(kind: string, leastMs: number, begin: (means: Means) => Promise<Mend>): FaultKind {
  const itself = ['kafka']
  return {
    ...{ kind, weight: 1, leastMs, mostMs: 20_000, recovers: 'from-mend' },
    targets: () => itself,
    touches: () => itself,
    async begin(stand, { seed }) {
      const broker = openBroker(stand)
      const topics = await orNothingBroken(presentTopics(broker))
      return begin({ broker, random: seededRandom(seed), topics })
    },
  }
}

function spoil(random: Random, topic: string): Placed {
  const partition = drawInteger(random, TOPICS[topic as Topic])
  return { topic, partition, ...drawPoison(random, topic) }
}
