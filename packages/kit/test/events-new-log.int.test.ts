import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { headersOf } from '../src/events/generation.ts'
import { openListener } from '../src/events/listen.ts'
import { lookAtLogs } from '../src/events/log-watch.ts'
import { until } from '../testing/until.ts'
import { count, type House, makeFacts, openHouse, sendRaw, TOPIC, tellAll, toValue } from './events-house.ts'
import { deleteTopics, forgetBeginning, highs, untilHad, untilTold } from './events-loss.ts'

const LOOK_MS = 300
const NEVER_MS = 600_000
let house: House

beforeEach(async () => {
  house = await openHouse()
  await house.create()
})
afterEach(() => house.destroy())

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
  await untilHad(house, 200)
  const { promise, resolve: release } = Promise.withResolvers<void>()
  hold = promise
  await tellAll(house, makeFacts(1))
  relay.wake()
  await until('held', async () => held)
  await relay.close()
  const stood = await highs(house)
  await deleteTopics(house)
  // Noticed before anything new is told: what is new then is told once, and comes first.
  await lookAtLogs(house)
  await tellAll(house, makeFacts(400))
  house.relay()
  await untilTold(house)
  const now = await highs(house)
  assert.ok(now.every((high, partition) => high > Number(stood[partition])))
  hold = undefined
  release()
  await untilHad(house, 601)
  const { rows } = await house.pool.query('select distinct generation from heard')
  assert.deepEqual(rows, [{ generation: 2 }])
})

test('messages of many logs, thrice and in any order: each partition is read again only a few times', async () => {
  const facts = makeFacts(600)
  let copies = 0
  house.consume({
    inbox: false,
    apply: async (_tx, events) => {
      copies += events.length
    },
  })
  // Its beginning is gone, as it is after some days: no batch will ever start at 0.
  await sendRaw(house, facts.map(toValue))
  await until('heard', async () => copies >= 600)
  await forgetBeginning(house)
  for (let round = 0; round < 3; round++) {
    for (const generation of [1, 4, 2, 3]) {
      const some = facts.filter((_, i) => (i + round) % 4 === generation - 1)
      const values = some.map(toValue)
      await sendRaw(house, values, headersOf(generation))
    }
  }
  await until('all heard', async () => copies >= 2_400)
  await sleep(1_500)
  const before = copies
  await sleep(1_500)
  assert.equal(copies, before)
  assert.ok(copies < 600 + 4 * 1_800, `${copies} copies`)
})

test('a listener goes on when a topic is deleted and made anew', async () => {
  const heard = new Set<string>()
  let listening = 0
  const listener = openListener({
    ...{ kafka: house.kafka, log: house.log, group: 'ear', topics: [TOPIC] },
    onKey: (key) => heard.add(key),
    onListening: () => listening++,
  })
  const relay = house.relay({ lookMs: LOOK_MS })
  for (let round = 0; round < 3; round++) {
    await until('listening', async () => listening > 0)
    await until(
      'hearing what is told now',
      async () => {
        const [fact] = await makeAndTell()
        relay.wake()
        await sleep(300)
        return heard.has(String(fact))
      },
      20_000,
    )
    await deleteTopics(house)
  }
  await listener.close()
})

async function makeAndTell(): Promise<string[]> {
  const facts = makeFacts(1)
  await tellAll(house, facts)
  return facts.map(({ subject }) => subject)
}
