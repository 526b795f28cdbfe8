import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeEvent } from '../src/events/envelope.ts'
import {
  count,
  effects,
  type House,
  makeFacts,
  openHouse,
  sendRaw,
  TOPIC,
  tellAll,
  until,
} from './events-house.ts'
import { deleteTopics, highs, untilTold } from './events-loss.ts'

const LOOK_MS = 300
const NEVER_MS = 600_000
let house: House

beforeEach(async () => {
  house = await openHouse()
  await house.create()
})
afterEach(() => house.destroy())

async function untilHad(total: number, limitMs = 30_000): Promise<void> {
  await until('all in', async () => (await effects(house)).distinct === total, limitMs)
  await sleep(700)
  assert.deepEqual(await effects(house), { total, distinct: total })
}

/** Tells events and has them consumed, then tells more that nobody comes to. */
async function tellHalfHeard(): Promise<void> {
  const relay = house.relay()
  const consumer = house.consume()
  await tellAll(house, makeFacts(500))
  await untilHad(500)
  await consumer.close()
  await tellAll(house, makeFacts(300), 7)
  await untilTold(house)
  await relay.close()
}

test('a topic deleted with events nobody had come to: they are told again', async () => {
  await tellHalfHeard()
  const relay = house.relay({ lookMs: LOOK_MS })
  await untilTold(house)
  await deleteTopics(house)
  house.consume()
  await untilHad(800)
  await relay.close()
})

test('a topic made anew that is longer than the old one by the time anybody looks', async () => {
  await tellHalfHeard()
  await deleteTopics(house)
  await house.kafka.ensureTopics()
  // What a relay sends that is killed before it has noted anything.
  const killed = makeFacts(1_500).map((fact) => writeEvent('urn:stampede:test', TOPIC, fact))
  await sendRaw(house, killed)
  house.relay()
  house.consume()
  await untilHad(2_300)
})

test('a log that ends before what was confirmed, and grew beyond it at once', async () => {
  const relay = house.relay({ lookMs: NEVER_MS })
  await tellAll(house, makeFacts(200))
  await untilTold(house)
  // As after a power cut: the broker has confirmed one message more than it still has.
  await house.pool.query('update topic_log set ends = (select array_agg(e + 1) from unnest(ends) as e)')
  const before = await highs(house)
  await tellAll(house, makeFacts(200))
  relay.wake()
  await until('told again', async () => {
    const { rows } = await house.pool.query('select 1 from topic_log where generation = 2')
    return rows.length === 1
  })
  await untilTold(house)
  const sum = (list: readonly number[]) => list.reduce((all, one) => all + one, 0)
  assert.equal(sum(before), 200)
  assert.ok(sum(await highs(house)) >= 800, `${await highs(house)}`)
})

test('a log that was cut off is found short although nothing is told', async () => {
  await tellHalfHeard()
  await house.pool.query('update topic_log set ends = (select array_agg(e + 1) from unnest(ends) as e)')
  house.relay({ lookMs: LOOK_MS })
  await until('found', async () => {
    const { rows } = await house.pool.query('select 1 from topic_log where generation > 1')
    return rows.length === 1
  })
  house.consume()
  await untilHad(800)
})

test('a topic made anew and filled beyond where its consumer stands: nothing is skipped', async () => {
  let hold: Promise<void> | undefined
  let held = false
  house.consume({
    apply: async (tx, events) => {
      await count(tx, 'counter', events)
      if (hold === undefined) return
      held = true
      await hold
    },
  })
  const relay = house.relay({ lookMs: NEVER_MS })
  await tellAll(house, makeFacts(200))
  await untilHad(200)
  const { promise, resolve: release } = Promise.withResolvers<void>()
  hold = promise
  await tellAll(house, makeFacts(1))
  relay.wake()
  await until('held', async () => held)
  await relay.close()
  const stood = await highs(house)
  await deleteTopics(house)
  await house.kafka.ensureTopics()
  await tellAll(house, makeFacts(400))
  house.relay()
  await untilTold(house)
  const now = await highs(house)
  assert.ok(now.every((high, partition) => high > Number(stood[partition])))
  hold = undefined
  release()
  await untilHad(601)
  const { rows } = await house.pool.query('select distinct generation from heard')
  assert.deepEqual(rows, [{ generation: 2 }])
})

test('all topics deleted again and again while events flow: each has one effect', {
  timeout: 100_000,
}, async () => {
  const stuck: string[] = []
  house.consume({ onStuck: (reason) => void stuck.push(reason) })
  const relay = house.relay({ lookMs: LOOK_MS })
  let told = 0
  let over = false
  const telling = (async () => {
    for (; !over; told += 20) {
      await tellAll(house, makeFacts(20))
      relay.wake()
      await sleep(40)
    }
  })()
  for (const restMs of [500, 2_000, 3_000, 100]) {
    await sleep(restMs)
    await deleteTopics(house)
  }
  await sleep(1_000)
  over = true
  await telling
  await untilHad(told, 20_000)
  assert.deepEqual(stuck, [])
})
