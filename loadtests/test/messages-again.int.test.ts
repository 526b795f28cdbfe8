import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '@stampede/local/stand/stand'
import { testEngines } from '@stampede/local/test-engines'
import type { Admin } from 'kafkajs'
import { openBroker, TOPIC_NAMES, useAdmin, useProducer } from '../chaos/faults/broker.ts'
import { AGAIN } from '../chaos/faults/messages.ts'
import { produce } from '../chaos/faults/produce.ts'
import { PROBE } from '../system/kafka-reader.ts'

const TOPIC = 'order.refunded'
const PARTITIONS = 6
const EACH = 50
const WAIT_MS = 20_000
const RUN = `again-${Date.now()}`
const FAULT = { kind: 'messages-again', target: 'kafka', atMs: 0, forMs: 0, seed: 5 }

const engines = await testEngines()
const stand = { system: { engines } } as unknown as Stand
const broker = openBroker(stand)
await useAdmin(broker, async (admin) => {
  const present = await admin.listTopics()
  const names = TOPIC_NAMES.filter((name) => !present.includes(name))
  const topics = names.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 }))
  await admin.createTopics({ topics })
  await untilLed(admin)
  after(() => useAdmin(broker, (again) => again.deleteTopics({ topics: names })))
})

/** Topics that are new take a moment until somebody leads their partitions. */
async function untilLed(admin: Admin): Promise<void> {
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    try {
      for (const topic of TOPIC_NAMES) await admin.fetchTopicOffsets(topic)
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await sleep(100)
  }
}

function send(when: string): Promise<void> {
  return useProducer(broker, (producer) =>
    produce(
      producer,
      Array.from({ length: EACH }, (_, number) => ({
        ...{ topic: TOPIC, partition: number % PARTITIONS },
        value: JSON.stringify({ id: `${RUN} ${when} ${number}`, data: {} }),
      })),
    ),
  )
}

/** All that was ever put into the topic. */
async function countAll(): Promise<number> {
  const offsets = await useAdmin(broker, (admin) => admin.fetchTopicOffsets(TOPIC))
  return offsets.reduce((sum, { high }) => sum + Number(high), 0)
}

async function listFollowers(): Promise<string[]> {
  const { groups } = await useAdmin(broker, (admin) => admin.listGroups())
  return groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(`${PROBE}chaos`))
}

test('as long as it lasts every message comes twice more, and what was there before; then none', async () => {
  await send('before')
  // More than were sent, where the producer had to try again.
  const before = await countAll()
  assert.ok(before >= EACH)
  const mend = await AGAIN.begin(stand, FAULT)
  await send('meanwhile')
  const deadline = performance.now() + WAIT_MS
  const thrice = 3 * (before + EACH)
  while ((await countAll()) < thrice && performance.now() < deadline) await sleep(100)
  // Copies of copies would come now.
  await sleep(1500)
  await mend()
  assert.deepEqual(await listFollowers(), [], 'nobody follows the topics any more')
  assert.equal(await countAll(), thrice)
  await send('after')
  await sleep(1000)
  assert.equal(await countAll(), thrice + EACH)
})
