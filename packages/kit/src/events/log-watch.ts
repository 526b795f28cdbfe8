import type { Topic } from '@stampede/contracts/events'
import type { Admin } from 'kafkajs'
import type { Log } from '../log.ts'
import type { Pool } from '../postgres.ts'
import { type KafkaLink, nameOf, useAdmin } from './kafka.ts'
import { beginLogs, loseLog, readLogs, type TopicLog } from './topic-log.ts'

export interface LogWatchOptions {
  /** Connections whose search path holds `topic_log`; one is used at a time. */
  readonly pool: Pool
  readonly kafka: KafkaLink
  readonly log: Log
}

export interface Hints {
  /** Topics that are told on for the first time. */
  readonly begun?: readonly Topic[]
  /** A log whose loss showed in an answer of the broker. */
  readonly lost?: TopicLog | undefined
}

/**
 * Compares what Postgres remembers of our topics with what the broker has: a topic with another id was made
 * anew, and a log that ends before what was confirmed was cut off. Either is lost, and all that is kept of it
 * is due again. Creates topics that are missing. Any number of processes may do it at once. Rejects when
 * Kafka or Postgres do not answer.
 */
export async function lookAtLogs(options: LogWatchOptions, hints: Hints = {}): Promise<void> {
  const { pool, kafka, log } = options
  const known = await readLogs(pool)
  const fresh = [...new Set(hints.begun)].filter((topic) => !known.has(topic))
  const logs = [...known.values()]
  const topics = [...logs.map(({ topic }) => topic), ...fresh]
  if (topics.length === 0) return
  const ids = await idsOf(kafka, topics)
  const idOf = (topic: Topic) => ids.get(nameOf(kafka, topic)) as string
  if (fresh.length > 0) await beginLogs(pool, new Map(fresh.map((topic) => [topic, idOf(topic)])))
  const cut = await useAdmin(kafka.client, (admin) => findCut(admin, kafka, logs))
  for (const old of logs) {
    if (idOf(old.topic) === old.logId && !cut.has(old) && !isSame(old, hints.lost)) continue
    if (!(await loseLog(pool, old, idOf(old.topic)))) continue
    log.error({ topic: old.topic, generation: old.generation + 1 }, 'Kafka has lost events; telling again')
  }
}

/** The ids of all these topics, by their names on the broker. */
async function idsOf(kafka: KafkaLink, topics: readonly Topic[]): Promise<Map<string, string>> {
  const names = topics.map((topic) => nameOf(kafka, topic))
  const ids = await kafka.topicIds(names)
  if (ids.size === names.length) return ids
  await kafka.ensureTopics()
  const all = await kafka.topicIds(names)
  if (all.size < names.length) throw new Error('a topic is gone again')
  return all
}

/** Asks for the ends after they were remembered, so an intact log is never found shorter. */
async function findCut(admin: Admin, kafka: KafkaLink, logs: readonly TopicLog[]): Promise<Set<TopicLog>> {
  const cut = new Set<TopicLog>()
  for (const log of logs) {
    for (const { partition, high } of await admin.fetchTopicOffsets(nameOf(kafka, log.topic))) {
      if (Number(high) < (log.ends[partition] ?? 0)) cut.add(log)
    }
  }
  return cut
}

function isSame(log: TopicLog, other: TopicLog | undefined): boolean {
  return log.topic === other?.topic && log.generation === other.generation
}
