import { TOPICS } from '@stampede/contracts/events'
import type { Stand } from '@stampede/local/stand/stand'
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs'

export const TOPIC_NAMES = Object.keys(TOPICS)

/** A client that comes through no proxy. */
export function openBroker({ system }: Pick<Stand, 'system'>): Kafka {
  return new Kafka({
    ...{ clientId: 'chaos', brokers: [system.engines.KAFKA_BROKERS], logLevel: logLevel.NOTHING },
    ...{ connectionTimeout: 2000, requestTimeout: 10_000, retry: { retries: 3 } },
  })
}

export async function useAdmin<T>(broker: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = broker.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

export async function useProducer<T>(broker: Kafka, work: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = broker.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  try {
    return await work(producer)
  } finally {
    await producer.disconnect()
  }
}

/** Those of the system's topics that the broker has now. */
export async function presentTopics(broker: Kafka): Promise<string[]> {
  const present = await useAdmin(broker, (admin) => admin.listTopics())
  return TOPIC_NAMES.filter((name) => present.includes(name))
}
