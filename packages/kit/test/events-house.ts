import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { EventData } from '@stampede/contracts/events'
import { newId } from '@stampede/contracts/ids'
import type { Message as KafkaMessage } from 'kafkajs'
import { pino } from 'pino'
import { type ConsumerOptions, openConsumer } from '../src/events/consumer.ts'
import { type EventOf, type Fact, writeEvent } from '../src/events/envelope.ts'
import { openKafka, useAdmin } from '../src/events/kafka.ts'
import { tell } from '../src/events/outbox.ts'
import { openRelay } from '../src/events/relay.ts'
import { openPool, type Tx, transaction } from '../src/postgres.ts'

export type Cancelled = 'order.cancelled'
export const TOPIC: Cancelled = 'order.cancelled'
const SOURCE = 'urn:stampede:test'
const TABLES = /```sql\n([\s\S]*?)```/.exec(
  readFileSync(new URL('../src/events/tables.md', import.meta.url), 'utf8'),
)
// Without a unique key, so that a double effect shows.
const EFFECTS = 'create table effect (consumer text not null, event_id text not null)'

const UNTOLD = `select count(*)::int as rows, coalesce(sum(count), 0)::int as events
  from outbox where sent_at is null`

export type House = Awaited<ReturnType<typeof openHouse>>

/**
 * A schema and topics of its own on the engines named by
 * DATABASE_URL and KAFKA_BROKERS; `close` removes them.
 */
export async function openHouse(name = `kit_events_${randomBytes(4).toString('hex')}`) {
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' })
  const url = process.env['DATABASE_URL'] ?? ''
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',')
  const pool = openPool({ url, schema: name, service: 'kit-test', connectionsMax: 12, log })
  const kafka = openKafka({ brokers, clientId: 'kit-test', log, prefix: `${name}.` })
  const open: { close(): Promise<void> }[] = []
  const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
    open.push(thing)
    return thing
  }
  return {
    name,
    log,
    pool,
    kafka,
    async create(): Promise<void> {
      await pool.query(`create schema ${name}`)
      await pool.query(`${TABLES?.[1]}; ${EFFECTS}`)
      await kafka.ensureTopics()
    },
    /** What is committed and not yet told. */
    async untold(): Promise<{ rows: number; events: number }> {
      const { rows } = await pool.query(UNTOLD)
      return rows[0]
    },
    relay: (options = {}) => keep(openRelay({ pool, kafka, log, ...options })),
    consume: (options: Partial<ConsumerOptions<Cancelled>> = {}) => {
      const { group = 'counter' } = options
      const apply = (tx: Tx, events: readonly EventOf<Cancelled>[]) => count(tx, group, events)
      const onStuck = () => {}
      return keep(openConsumer({ kafka, pool, log, group, topics: [TOPIC], apply, onStuck, ...options }))
    },
    async closeAll(): Promise<void> {
      await Promise.all(open.splice(0).map((thing) => thing.close()))
    },
    async destroy(): Promise<void> {
      await this.closeAll()
      await pool.query(`drop schema if exists ${name} cascade`)
      await pool.end()
      await useAdmin(kafka.client, async (admin) => {
        const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(kafka.prefix))
        await admin.deleteTopics({ topics })
        const { groups } = await admin.listGroups()
        const ours = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(kafka.prefix))
        await admin.deleteGroups(ours).catch(() => undefined)
      })
    },
  }
}

/** The effect used in tests: a row for each event. */
export async function count(tx: Tx, consumer: string, events: readonly EventOf<Cancelled>[]): Promise<void> {
  const ids = events.map(({ id }) => id)
  await tx.query('insert into effect select $1, unnest($2::text[])', [consumer, ids])
}

export function makeFacts(length: number): Fact<Cancelled>[] {
  return Array.from({ length }, () => {
    const orderId = newId()
    const data: EventData[Cancelled] = { orderId, saleId: newId(), userId: newId(), quantity: 1, version: 1 }
    return { id: `${orderId}.cancelled`, subject: orderId, time: new Date().toISOString(), data }
  })
}

/** A fact as a message has it. */
export function toValue(fact: Fact<Cancelled>): string {
  return writeEvent(SOURCE, TOPIC, fact)
}

/** Commits facts, `size` of them in each transaction; returns the ids of the events. */
export async function tellAll(
  house: House,
  facts: readonly Fact<Cancelled>[],
  size = 100,
): Promise<string[]> {
  for (let start = 0; start < facts.length; start += size) {
    const news = { source: SOURCE, topic: TOPIC, facts: facts.slice(start, start + size) }
    await transaction(house.pool, async (tx) => tell(tx, news))
  }
  return facts.map(({ id }) => id)
}

export interface Effects {
  readonly total: number
  readonly distinct: number
}

export async function effects(house: House, consumer = 'counter'): Promise<Effects> {
  const sql = `select count(*)::int as total, count(distinct event_id)::int as distinct
    from effect where consumer = $1`
  const { rows } = await house.pool.query<Effects>(sql, [consumer])
  return rows[0] as Effects
}

/** Puts raw values on the topic, as a careless producer would. */
export async function sendRaw(
  house: House,
  values: readonly (string | Buffer | null)[],
  frame: Pick<KafkaMessage, 'headers'> = {},
): Promise<void> {
  const producer = house.kafka.client.producer({ allowAutoTopicCreation: false, retry: { retries: 12 } })
  await producer.connect()
  for (let start = 0; start < values.length; start += 500) {
    const messages = values
      .slice(start, start + 500)
      .map((value, i) => ({ ...frame, key: `${start + i}`, value }))
    await producer.send({ topic: house.kafka.prefix + TOPIC, messages })
  }
  await producer.disconnect()
}
