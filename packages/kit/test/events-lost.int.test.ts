import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { count, effects, type House, makeFacts, openHouse, tellAll, until } from './events-house.ts'
import { deleteTopics, highs } from './events-loss.ts'

let house: House

beforeEach(async () => {
  house = await openHouse()
  await house.create()
})
afterEach(() => house.destroy())

const LOOK_MS = 300

async function untilHad(total: number, limitMs = 30_000): Promise<void> {
  await until('all in', async () => (await effects(house)).distinct === total, limitMs)
  await sleep(700)
  assert.deepEqual(await effects(house), { total, distinct: total })
}

test('a topic deleted with events nobody had come to: they are told again', async () => {
  const relay = house.relay({ lookMs: LOOK_MS })
  const first = house.consume()
  await tellAll(house, makeFacts(500))
  relay.wake()
  await untilHad(500)
  await first.close()
  await tellAll(house, makeFacts(300), 7)
  relay.wake()
  await until('told', async () => (await relay.lag()).rows === 0)
  await deleteTopics(house)
  house.consume()
  await untilHad(800)
})

test('a topic made anew and filled beyond where its consumer stood: nothing is skipped', async () => {
  const relay = house.relay({ lookMs: LOOK_MS })
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
  await tellAll(house, makeFacts(200))
  relay.wake()
  await until('all in', async () => (await effects(house)).distinct === 200)
  const stood = await highs(house)
  const { promise, resolve: release } = Promise.withResolvers<void>()
  hold = promise
  await tellAll(house, makeFacts(1))
  relay.wake()
  await until('held', async () => held)
  await deleteTopics(house)
  await tellAll(house, makeFacts(300))
  relay.wake()
  await until(
    'filled',
    async () => {
      const now = await highs(house).catch(() => [])
      return now.length > 0 && now.every((high, partition) => high > (stood[partition] ?? 0) + 1)
    },
    7_000,
  )
  hold = undefined
  release()
  await untilHad(501)
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
