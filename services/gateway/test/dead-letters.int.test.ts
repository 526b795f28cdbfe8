import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { call } from './client.ts'
import { openWorld, type StandIn, type World } from './stand-ins.ts'

const PATH = '/api/operator/dead-letters'
let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())

const letter = (id: string, at: string) => ({ id, consumer: 'c', topic: 'order.paid', error: 'e', at })
const AT = (second: number) => `2026-11-27T18:00:0${second}.000Z`
const has = (peer: StandIn, ...letters: object[]) => {
  peer.say = () => ({ body: { letters } })
}
const asOperator = () => ({ token: world.key.token(newId(), 'operator') })

test('dead letters of all services are one list, newest first, with the services that are away named', async () => {
  has(world.order, letter('2', AT(4)), letter('1', AT(1)))
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  has(world.functions, { ...letter('9', AT(3)), traceId })
  has(world.payment)
  world.inventory.say = () => ({ status: 500, body: { code: 'internal' } })
  const { status, body } = await call(world, PATH, asOperator())
  assert.equal(status, 200)
  assert.deepEqual(
    body.letters.map(({ id }: { id: string }) => id),
    ['order.2', 'functions.9', 'order.1'],
  )
  assert.equal(body.letters[1].traceId, traceId)
  assert.deepEqual([body.away, body.before], [['inventory'], undefined])
})

test('the next page begins where each service was left', async () => {
  has(world.inventory)
  has(world.order, letter('2', AT(4)), letter('1', AT(1)))
  has(world.functions, letter('9', AT(3)))
  const { body } = await call(world, `${PATH}?limit=2`, asOperator())
  assert.equal(body.before, 'order.2,functions.9')
  for (const each of [world.order, world.inventory, world.functions]) each.heard.length = 0
  assert.equal((await call(world, `${PATH}?limit=2&before=${body.before}`, asOperator())).status, 200)
  const asked = [world.order, world.inventory, world.functions].map(({ heard }) => heard[0]?.path)
  const list = '/internal/dead-letters?limit=2'
  assert.deepEqual(asked, [`${list}&before=2`, list, `${list}&before=9`])
})

test('they are for operators only', async () => {
  for (const each of [world.order, world.functions]) each.heard.length = 0
  const replay = `${PATH}/order.1/replay`
  for (const [path, method] of [
    [PATH, 'GET'],
    [replay, 'POST'],
  ] as const) {
    assert.equal((await call(world, path, { method })).body.code, 'unauthenticated')
    const buyer = { method, token: world.key.token(newId(), 'buyer') }
    assert.equal((await call(world, path, buyer)).body.code, 'forbidden')
  }
  assert.equal(world.order.heard.length + world.functions.heard.length, 0)
})
