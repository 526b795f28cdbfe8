import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { packEvents } from '../src/events/outbox.ts'
import { until } from '../testing/until.ts'
import { type House, makeFacts, openHouse, sendRaw, TOPIC, tellAll, toValue } from './events-house.ts'
import { deleteTopics, highs, untilHad, untilTold } from './events-loss.ts'

const LOOK_MS = 300
const NEVER_MS = 600_000
let house: House

beforeEach(async () => {
  house = await openHouse()
  await house.create()
})
afterEach(() => house.destroy())

/** Tells events and has them consumed, then tells more that nobody comes to. */
async function tellHalfHeard(): Promise<void> {
  const relay = house.relay()
  const consumer = house.consume()
  await tellAll(house, makeFacts(500))
  await untilHad(house, 500)
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
  await untilHad(house, 800)
  await relay.close()
})

test('a topic made anew that is longer than the old one by the time anybody looks', async () => {
  await tellHalfHeard()
  await deleteTopics(house)
  await house.kafka.ensureTopics()
  // What a relay sends that is killed before it has noted anything.
  const killed = makeFacts(1_500).map(toValue)
  await sendRaw(house, killed)
  house.relay()
  house.consume()
  await untilHad(house, 2_300)
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
  await untilHad(house, 800)
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
  await untilHad(house, told, 60_000)
  assert.deepEqual(stuck, [])
})

test('what is new and what nobody had come to is not kept waiting by all that was ever told', async () => {
  const old = { source: 'urn:stampede:test', topic: TOPIC, facts: makeFacts(1) }
  await house.pool.query(
    `insert into outbox (topic, events, count, sent_at)
     select $1, $2, 1, now() - interval '1 day' from generate_series(1, 1200)`,
    [TOPIC, packEvents(old)],
  )
  const seen = new Map<string, number>()
  house.consume({
    inbox: false,
    apply: async (_tx, events) => {
      for (const { id } of events) seen.set(id, (seen.get(id) ?? 0) + 1)
    },
  })
  const first = house.relay()
  const unheard = await tellAll(house, makeFacts(20))
  await untilTold(house)
  await first.close()
  await until('heard', async () => unheard.every((id) => seen.has(id)))
  seen.clear()
  await deleteTopics(house)
  house.relay({ rowsMax: 4 })
  await until('told again', async () => unheard.every((id) => seen.has(id)))
  const fresh = await tellAll(house, makeFacts(20))
  await until('told', async () => fresh.every((id) => seen.has(id)))
  const { rows } = await house.pool.query('select retell_below from topic_log')
  assert.ok(rows[0].retell_below > 100, 'all was told again before')
  await untilTold(house)
  const [oldId] = old.facts.map(({ id }) => id)
  await until('all of it', async () => Number(seen.get(String(oldId))) >= 1_200)
})
