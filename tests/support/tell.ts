import { until } from '@stampede/kit/testing/until'
import { Kafka, logLevel } from 'kafkajs'
import type { House } from './house.ts'

export interface Message {
  readonly topic: string
  readonly key: string
  readonly value: string
}

/** Where a message lies. */
export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}

type Engines = Pick<House, 'system'>

/** Puts messages on topics, as the services themselves would, or would not. */
export async function tell(house: Engines, messages: readonly Message[]): Promise<Place[]> {
  const producer = openKafka(house).producer()
  await producer.connect()
  const places: Place[] = []
  for (const { topic, ...message } of messages) {
    const [told] = await producer.send({ topic, messages: [message] })
    if (told?.baseOffset === undefined) throw new Error(`nobody knows where the message on ${topic} lies`)
    places.push({ topic, partition: told.partition, offset: told.baseOffset })
  }
  await producer.disconnect()
  return places
}

/** Waits until a group has worked on the messages that lie there. */
export async function untilHeard(house: Engines, groupId: string, places: readonly Place[]): Promise<void> {
  const admin = openKafka(house).admin()
  await admin.connect()
  for (const { topic, partition, offset } of places) {
    await until(`${topic} heard by ${groupId}`, async () => {
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const at = committed?.partitions.find((each) => each.partition === partition)
      return Number(at?.offset) > Number(offset)
    })
  }
  await admin.disconnect()
}

function openKafka({ system }: Engines): Kafka {
  return new Kafka({ brokers: [system.engines.KAFKA_BROKERS], logLevel: logLevel.NOTHING })
}
