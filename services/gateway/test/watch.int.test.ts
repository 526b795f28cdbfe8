import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { call } from './client.ts'
import { openStandIn, openWorld, type StandIn, type World } from './stand-ins.ts'

const PATH = '/api/operator/watch'
let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())

const SINCE = '2026-11-27T18:00:00.000Z'
const says = (peer: StandIn, body: object) => {
  peer.say = () => ({ body })
}
const quiet = { measures: [], alarms: [] }
const asOperator = () => ({ token: world.key.token(newId(), 'operator') })

test('measures and alarms of all services are told under names of their own', async () => {
  const drift = { name: 'driftUnits', value: 2, limit: 0 }
  says(world.inventory, {
    measures: [drift, { name: 'voidedClaims', value: 7 }],
    alarms: [{ ...drift, since: SINCE }],
  })
  says(world.order, { measures: [{ name: 'overdueOrders', value: 0, limit: 0 }], alarms: [] })
  for (const peer of [world.payment, world.functions]) says(peer, quiet)
  const { status, body } = await call(world, PATH, asOperator())
  assert.equal(status, 200)
  assert.deepEqual(body, {
    measures: [
      { name: 'order.overdueOrders', process: 1, value: 0, limit: 0 },
      { ...drift, name: 'inventory.driftUnits', process: 1 },
      { name: 'inventory.voidedClaims', process: 1, value: 7 },
    ],
    alarms: [{ ...drift, name: 'inventory.driftUnits', process: 1, since: SINCE }],
  })
})

test('a service that does not answer is an alarm, since it was first missed, until it answers', async () => {
  for (const peer of [world.order, world.inventory, world.functions]) says(peer, quiet)
  world.payment.say = () => ({ status: 500, body: { code: 'internal' } })
  const ask = async () => (await call(world, PATH, asOperator())).body.alarms
  const [first, [again]] = [await ask(), await ask()]
  assert.deepEqual(
    first.map(({ name }: { name: string }) => name),
    ['payment.away'],
  )
  assert.deepEqual(again, first[0])
  says(world.payment, quiet)
  assert.deepEqual(await ask(), [])
})

test('each process of a service tells for itself, and one that does not answer is an alarm', async () => {
  const [first, second] = [await openStandIn(() => ({ body: quiet })), await openStandIn(() => undefined)]
  const two = await openWorld({ INVENTORY_URL: `${first.url},${second.url}` })
  try {
    for (const peer of [two.order, two.payment, two.functions]) says(peer, quiet)
    const alarms = async () =>
      (await call(two, PATH, { token: two.key.token(newId(), 'operator') })).body.alarms
    const drift = { name: 'driftUnits', value: 2, limit: 0, since: SINCE }
    says(second, { measures: [], alarms: [drift] })
    for (let times = 0; times < 3; times++)
      assert.deepEqual(await alarms(), [{ ...drift, name: 'inventory.driftUnits', process: 2 }])
    second.say = () => ({ status: 500, body: {} })
    const [away] = await alarms()
    assert.deepEqual([away.name, away.process], ['inventory.away', 2])
    assert.deepEqual(await alarms(), [away])
  } finally {
    await two.close()
    for (const each of [first, second]) await each.close()
  }
})

test('they are for operators only', async () => {
  assert.equal((await call(world, PATH)).body.code, 'unauthenticated')
  assert.equal((await call(world, PATH, { token: world.key.token(newId(), 'buyer') })).body.code, 'forbidden')
})
