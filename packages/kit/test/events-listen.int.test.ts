import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { useAdmin } from '../src/events/kafka.ts'
import { openListener } from '../src/events/listen.ts'
import { until } from '../testing/until.ts'
import { type House, makeFacts, openHouse, TOPIC, tellAll } from './events-house.ts'

let house: House
before(async () => {
  house = await openHouse()
  await house.create()
})
after(() => house.destroy())

const groups = async () => {
  const list = await useAdmin(house.kafka.client, (admin) => admin.listGroups())
  return list.groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(house.kafka.prefix))
}

test('a listener hears whom each event is about from now on, commits nothing and leaves no group behind', async () => {
  const relay = house.relay()
  await tellAll(house, makeFacts(10))
  relay.wake()
  await until('told', async () => (await house.untold()).rows === 0)
  const heard: string[] = []
  let listening = 0
  const { kafka, log } = house
  const listener = openListener({
    ...{ kafka, log, group: 'ear', topics: [TOPIC] },
    onKey: (key) => heard.push(key),
    onListening: () => listening++,
  })
  await until('listening', async () => listening === 1)
  assert.deepEqual(heard, [])
  const facts = makeFacts(300)
  await tellAll(house, facts)
  relay.wake()
  await until('all heard', async () => heard.length >= 300)
  assert.deepEqual(heard.toSorted(), facts.map(({ subject }) => subject).toSorted())
  assert.deepEqual(await groups(), [`${kafka.prefix}ear`])
  const topics = [kafka.prefix + TOPIC]
  const groupId = `${kafka.prefix}ear`
  const [offsets] = await useAdmin(kafka.client, (admin) => admin.fetchOffsets({ groupId, topics }))
  assert.ok(offsets?.partitions.every(({ offset }) => offset === '-1'))
  await listener.close()
  assert.deepEqual([await groups(), listening], [[], 1])
})
