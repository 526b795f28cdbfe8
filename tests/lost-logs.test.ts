import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { until } from '@stampede/kit/testing/until'
import { pickProfile } from '@stampede/local/profile'
import { Kafka, logLevel } from 'kafkajs'
import { openHouse, query } from './support/house.ts'
import { sellThrough } from './support/sale-under-fault.ts'

const BLOCK = 5
const UNITS = 1_000
/** From the moment on in which Kafka answers again: room for a busy machine, elsewhere it is some seconds. */
const NOTICE_MS = 60_000
const house = await openHouse({ block: BLOCK })
const { system } = house
const buyers = await house.operator.hireBuyers(2000)

const LOGS = `SELECT service || '.' || topic AS id, generation FROM (
  SELECT 'inventory' AS service, topic, generation FROM inventory.topic_log
  UNION ALL SELECT 'order', topic, generation FROM orders.topic_log
  UNION ALL SELECT 'payment', topic, generation FROM payments.topic_log) AS log`

async function generations(): Promise<Map<string, number>> {
  const rows = await query<{ id: string; generation: number }>(house, LOGS)
  return new Map(rows.map(({ id, generation }) => [id, generation]))
}

/** Loses what Kafka holds, and waits until everybody who told it has noticed. */
async function lose(how: () => Promise<void>): Promise<void> {
  const before = await generations()
  assert.ok(before.size > 1)
  await how()
  const noticed = async () => {
    const now = await generations()
    return [...before].every(([id, generation]) => Number(now.get(id)) > generation)
  }
  await until('the loss is noticed', noticed, NOTICE_MS)
}

test('all topics are deleted in the middle of a sale: all events are told again and have one effect', async () => {
  await sellThrough(house, { buyers, units: UNITS, seed: 31, fault: () => lose(deleteTopics) })
})

test('Kafka’s disk is wiped in the middle of a sale: all events are told again and have one effect', async () => {
  await sellThrough(house, { buyers, units: UNITS, seed: 32, fault: () => lose(wipeKafka) })
})

test('no service died of it', () => {
  const died = Object.values(system.parts).filter(({ role, restarts }) => role === 'service' && restarts > 0)
  assert.deepEqual(died, [])
})

async function deleteTopics(): Promise<void> {
  const admin = new Kafka({ brokers: [system.engines.KAFKA_BROKERS], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const topics = (await admin.listTopics()).filter((topic) => !topic.startsWith('__'))
  await admin.deleteTopics({ topics }).catch(() => undefined)
  await admin.disconnect()
}

/** Leaves only what formatting a new disk writes: who the broker is. */
async function wipeKafka(): Promise<void> {
  await system.stop('kafka')
  const data = resolve(pickProfile({ profile: 'test', block: BLOCK }).home, 'kafka')
  for (const name of readdirSync(data)) {
    const formatted = name === 'meta.properties' || name === 'bootstrap.checkpoint'
    if (!formatted) rmSync(resolve(data, name), { recursive: true })
  }
  await system.restart('kafka')
}
