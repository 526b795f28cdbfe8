import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { writeEvent } from '../src/events/envelope.ts'
import { bury } from '../src/events/inbox.ts'
import { replayLetter } from '../src/events/replay.ts'
import { count, effects, type House, makeFacts, openHouse, TOPIC } from './events-house.ts'

const CONSUMER = 'again'
let house: House

before(async () => {
  house = await openHouse()
  await house.create()
})
after(() => house.destroy())

test('a letter whose commit fails stays one, and the step after the commit is taken only after a commit', async () => {
  const [fact] = makeFacts(1) as [ReturnType<typeof makeFacts>[number]]
  const value = writeEvent('urn:stampede:test', TOPIC, fact)
  const from = { topic: TOPIC, partition: 0, offset: '0', sentAt: new Date(), key: fact.subject }
  await bury(house.pool, CONSUMER, [{ message: { ...from, value }, reason: 'not yet' }])
  const { rows } = await house.pool.query<{ id: string }>('select id::text from dead_letter')
  let broken = true
  const taken: number[] = []
  const replay = () =>
    replayLetter(
      {
        ...{ consumer: CONSUMER, pool: house.pool, inbox: true, topics: [TOPIC] },
        apply: async (tx, events) => {
          await count(tx, CONSUMER, events)
          if (broken) tx.send('select 1 / 0')
          return async () => {
            taken.push((await effects(house, CONSUMER)).total)
          }
        },
      },
      rows[0]?.id ?? '',
    )
  assert.match(JSON.stringify(await replay()), /failed.*division by zero/)
  assert.deepEqual(taken, [])
  broken = false
  assert.equal(await replay(), 'replayed')
  assert.deepEqual(taken, [1])
  assert.match(JSON.stringify(await replay()), /replayed at/)
  assert.deepEqual(taken, [1])
})
