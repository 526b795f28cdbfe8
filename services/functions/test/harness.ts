import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { FunctionEvent } from '@stampede/contracts/functions'
import { openKafka, useAdmin } from '@stampede/kit/events/kafka'
import { openSender } from '@stampede/kit/events/sender'
import { freePort } from '@stampede/kit/testing/free-port'
import { openHeardLog } from '@stampede/kit/testing/heard-log'
import { Redis } from 'ioredis'
import pg from 'pg'
import { openApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { countEffects } from './effects.ts'
import { kill, openProcess } from './service-process.ts'

export const INTERNAL_KEY = 'a-key-for-these-tests-only'
/** Quick to try again and to notice a loss. */
const HASTE = {
  SWEEP_EVERY_MS: '200',
  RETRY_FIRST_MS: '50',
  RETRY_MOST_MS: '200',
  TRIES_MAX: '3',
  JOB_LOST_MS: '600',
}

export type Harness = Awaited<ReturnType<typeof openHarness>>

/**
 * The functions service on real engines, in a schema and under names of its own; not started yet, so that
 * tests can start it in this process or, to be killed, in one of its own. `linesOf` a
 * trace: the errors it has logged.
 */
export async function openHarness(env: NodeJS.ProcessEnv = {}) {
  const name = `t${randomBytes(4).toString('hex')}`
  const port = await freePort()
  const own = {
    PORT: String(port),
    LOG_LEVEL: 'error',
    DATABASE_SCHEMA: `functions_${name}`,
    QUEUE_PREFIX: name,
    EVENTS_PREFIX: `${name}.`,
    INTERNAL_KEY,
    ...HASTE,
    ...env,
  }
  const config = loadConfig(own)
  const { log, linesOf } = openHeardLog('error')
  const sql = openSql(config)
  const kafka = openKafka({ brokers: [config.KAFKA_BROKERS], clientId: name, prefix: `${name}.`, log })
  await kafka.ensureTopics()
  const sender = openSender(kafka)
  const url = `http://127.0.0.1:${port}`
  const closers: (() => Promise<void>)[] = []

  return {
    ...{ url, config, sql, name, linesOf },
    async start() {
      const close = onlyOnce((await openApp(config, log)).close)
      closers.push(close)
      return { close }
    },
    /** A process of its own; the variables are laid over those of the others. */
    async spawn(more: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
      const child = await openProcess(url, { ...own, ...more })
      closers.push(() => kill(child))
      return child
    },
    /** Tells events on Kafka, in this order. */
    async tell(...events: readonly FunctionEvent[]): Promise<void> {
      await sender.send(
        events.map((event) => ({
          topic: `${name}.${event.type}`,
          key: event.subject,
          value: JSON.stringify(event),
        })),
      )
    },
    tellRaw: (topic: string, value: string) =>
      sender.send([{ topic: `${name}.${topic}`, key: 'raw', value }]),
    effects: (orderId: string) => countEffects(sql, orderId),
    ask: (path: string, init: RequestInit = {}) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${INTERNAL_KEY}`, ...init.headers } }),
    async close(): Promise<void> {
      for (const close of closers.toReversed()) await close()
      await sender.close()
      await useAdmin(kafka.client, async (admin) => {
        const topics = await admin.listTopics()
        await admin.deleteTopics({ topics: topics.filter((topic) => topic.startsWith(`${name}.`)) })
      })
      await sql.query(`drop schema if exists ${config.DATABASE_SCHEMA} cascade`)
      await sql.end()
      await forgetQueues(config)
    },
  }
}

/** Takes away all that BullMQ knows of this test's queues. */
export async function forgetQueues({ REDIS_QUEUE_URL, QUEUE_PREFIX }: Config): Promise<void> {
  const redis = new Redis(REDIS_QUEUE_URL, { retryStrategy: () => null })
  redis.on('error', () => undefined)
  try {
    const keys = await redis.keys(`${QUEUE_PREFIX}:*`)
    if (keys.length > 0) await redis.unlink(...keys)
  } finally {
    redis.disconnect()
  }
}

function onlyOnce(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined
  return () => (closing ??= close())
}

function openSql({ DATABASE_URL: connectionString, DATABASE_SCHEMA: schema }: Config): pg.Pool {
  return new pg.Pool({
    connectionString,
    options: `-c search_path=${schema} -c statement_timeout=5000`,
    max: 4,
  })
}
