import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { buy, call } from './client.ts'
import { ID, ORDER } from './samples.ts'
import { openWorld, until, type World } from './stand-ins.ts'

const AT_ONCE = 3
let world: World
before(async () => {
  world = await openWorld({ ASKS_MAX: String(AT_ONCE) })
})
after(() => world.close())

test('reads and payments beyond what a service is asked at once are turned away, and purchases are not', async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  world.order.say = async ({ path }) => {
    if (!path.startsWith('/internal/users/')) return undefined
    await answered
    return { body: ORDER }
  }
  const token = world.key.token(newId())
  const read = () => call(world, `/api/orders/${ID}`, { token })
  const waiting = Array.from({ length: AT_ONCE }, read)
  await until(() => world.order.heard.length === AT_ONCE)
  const headers = { 'idempotency-key': 'k' }
  const payment = { method: 'POST', token, headers, body: { method: 'sandbox' } }
  for (const told of [await read(), await call(world, `/api/orders/${ID}/payment`, payment)]) {
    assert.deepEqual([told.status, told.body.code], [503, 'overloaded'])
    assert.equal(told.headers.get('retry-after'), '1')
  }
  assert.equal(world.order.heard.length, AT_ONCE, 'nobody else was asked')
  assert.equal((await buy(world, newId())).status, 201)
  assert.equal((await call(world, '/health/ready')).status, 200, 'it is busy, and there')
  answer()
  for (const told of await Promise.all(waiting)) assert.equal(told.status, 200)
  assert.equal((await read()).status, 200)
})
