import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Apply } from '../src/events/deliver.ts'
import { bury } from '../src/events/inbox.ts'
import { replayLetter } from '../src/events/replay.ts'
import {
  type Cancelled,
  count,
  effects,
  type House,
  makeFacts,
  openHouse,
  TOPIC,
  toValue,
} from './events-house.ts'

const CONSUMER = 'again'
let house: House

before(async () => {
  house = await openHouse()
  await house.create()
})
after(() => house.destroy())

beforeEach(() => house.pool.query('truncate dead_letter, inbox, effect'))

/** Puts a letter aside that counts its event when it is replayed; `inbox` as its consumer has it. */
async function putAside(inbox: boolean) {
  const [fact] = makeFacts(1) as [ReturnType<typeof makeFacts>[number]]
  const value = toValue(fact)
  const from = { topic: TOPIC, partition: 0, offset: '0', sentAt: new Date(), key: fact.subject }
  await bury(house.pool, CONSUMER, [{ message: { ...from, value }, reason: 'not yet' }])
  const { rows } = await house.pool.query<{ id: string }>('select id::text from dead_letter')
  const options = { consumer: CONSUMER, pool: house.pool, inbox, topics: [TOPIC] }
  return (apply: Apply<Cancelled>) => replayLetter({ ...options, apply }, rows[0]?.id ?? '')
}

test('a letter is worked on once, whoever replays it and however many do so at once', async () => {
  // Without an inbox nothing but the letter itself says that it has had its effect.
  const letter = await putAside(false)
  const replay = () =>
    letter(async (tx, events) => {
      await count(tx, CONSUMER, events)
      // Long enough for the others to come as far.
      await sleep(300)
    })
  const ends = await Promise.all(Array.from({ length: 5 }, replay))
  assert.equal(ends.filter((end) => end === 'replayed').length, 1)
  assert.match(JSON.stringify(await replay()), /failed.*replayed at/)
  assert.deepEqual(await effects(house, CONSUMER), { total: 1, distinct: 1 })
})

test('a letter whose commit fails stays one, and the step after the commit is taken only after a commit', async () => {
  const letter = await putAside(true)
  let broken = true
  const taken: number[] = []
  const replay = () =>
    letter(async (tx, events) => {
      await count(tx, CONSUMER, events)
      if (broken) tx.send('select 1 / 0')
      return async () => {
        taken.push((await effects(house, CONSUMER)).total)
      }
    })
  assert.match(JSON.stringify(await replay()), /failed.*division by zero/)
  assert.deepEqual(taken, [])
  broken = false
  assert.equal(await replay(), 'replayed')
  assert.deepEqual(taken, [1])
  assert.match(JSON.stringify(await replay()), /replayed at/)
  assert.deepEqual(taken, [1])
})
