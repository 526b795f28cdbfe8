import { setTimeout as sleep } from 'node:timers/promises'
import { TOPICS, type Topic } from '@stampede/contracts/events'
import { type Admin, Kafka, type LogEntry, logLevel } from 'kafkajs'
import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import { calmIdleTimers } from './idle-timers.ts'
import { askTopicIds } from './topic-ids.ts'

const CONNECT_MS = 3_000
const REQUEST_MS = 5_000
const ADMIN_MS = 20_000
const LEADERS_MS = 10_000

export interface KafkaOptions {
  readonly brokers: readonly string[]
  /** Names this process in the broker's logs. */
  readonly clientId: string
  readonly log: Log
  /** Put before each topic and group, so that several systems can share a broker. */
  readonly prefix?: string
}

/** A way to the brokers. Opening it connects to nothing: a service starts whether Kafka is there or not. */
export interface KafkaLink {
  readonly client: Kafka
  readonly prefix: string
  /** Creates what is missing of our topics and waits for their leaders. Safe when many do it at once. */
  ensureTopics(): Promise<void>
  /** The broker's ids of those of the topics that exist, by their names there. */
  topicIds(names: readonly string[]): Promise<Map<string, string>>
}

export function openKafka({ brokers, clientId, log, prefix = '' }: KafkaOptions): KafkaLink {
  calmIdleTimers()
  const client = new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    // Few and quick: those who use the client try again by themselves, for as long as it takes.
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logQuietly(log, entry),
  })
  return {
    client,
    prefix,
    ensureTopics: () => useAdmin(client, (admin) => createMissing(admin, prefix)),
    topicIds: (names) => askTopicIds(brokers, names),
  }
}

/** Lends a connected admin client and takes it back; waits at most 20 s. */
export async function useAdmin<T>(client: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = client.admin()
  const connected = admin.connect()
  try {
    return await within(
      ADMIN_MS,
      'asking the broker',
      connected.then(() => work(admin)),
    )
  } finally {
    // Not before it is connected: the client would forget the connection on its way and leave it open.
    const leave = () => admin.disconnect()
    void connected.then(leave, leave).catch(() => undefined)
  }
}

async function createMissing(admin: Admin, prefix: string): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const topics = Object.entries<number>(TOPICS)
    .map(([topic, numPartitions]) => ({ topic: prefix + topic, numPartitions }))
    .filter(({ topic }) => !existing.has(topic))
  if (topics.length === 0) return
  await admin.createTopics({ topics, waitForLeaders: false })
  await waitForLeaders(
    admin,
    topics.map(({ topic }) => topic),
  )
}

async function waitForLeaders(admin: Admin, topics: string[]): Promise<void> {
  const deadline = performance.now() + LEADERS_MS
  for (;;) {
    // Metadata name a leader before it knows that it is one: only who asks it something can tell.
    const led = await askLeaders(admin, topics).catch((error: unknown) => {
      if (performance.now() > deadline) throw error
    })
    if (led) return
    await sleep(100)
  }
}

/** Rejects as long as a leader is missing or does not answer as one. */
async function askLeaders(admin: Admin, topics: readonly string[]): Promise<true> {
  for (const topic of topics) await admin.fetchTopicOffsets(topic)
  return true
}

/**
 * The client calls every hiccup it retries an error. Whoever
 * uses it logs an outage once, in words of their own.
 */
function logQuietly(log: Log, { namespace, log: { message, error } }: LogEntry): void {
  log.debug({ kafka: namespace, error }, message)
}

/** The name of a topic on the broker. */
export function nameOf(link: KafkaLink, topic: Topic): string {
  return link.prefix + topic
}
