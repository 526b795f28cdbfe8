import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { call } from './client.ts'
import { SALE } from './samples.ts'
import { openWorld, type World } from './stand-ins.ts'

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())
beforeEach(() => {
  world.inventory.heard.length = 0
})

test('a sale asked about by many is asked about once, its clock goes on, and a change is seen at once', async () => {
  const id = newId()
  const since = Date.now()
  const serverTime = () => new Date().toISOString()
  world.inventory.say = () => ({ body: { ...SALE, saleId: id, serverTime: serverTime() } })
  const started = performance.now()
  const many = await Promise.all(Array.from({ length: 20 }, () => call(world, `/api/sales/${id}`)))
  assert.ok(many.every(({ status, body }) => status === 200 && body.saleId === id))
  await new Promise((later) => setTimeout(later, 60))
  const later = await call(world, `/api/sales/${id}`)
  const asked = world.inventory.heard.length
  // A slow machine may need more than the 200 ms for which an answer is kept.
  assert.ok(asked <= 1 + (performance.now() - started) / 200, `${asked} questions`)
  assert.ok(
    Date.parse(later.body.serverTime) >= since + 60 && Date.parse(later.body.serverTime) <= Date.now() + 5,
  )
  await call(world, `/api/sales/${id}/pause`, { method: 'POST', token: world.key.token(newId(), 'operator') })
  world.inventory.say = () => ({ body: { ...SALE, saleId: id, state: 'paused' } })
  assert.equal((await call(world, `/api/sales/${id}`)).body.state, 'paused')
})

test('the list of sales is kept as well, and can be asked for one state', async () => {
  world.inventory.say = () => ({ body: { sales: [SALE, { ...SALE, state: 'closed' }] } })
  const states = async (query: string) =>
    (await call(world, `/api/sales${query}`)).body.sales.map(({ state }: { state: string }) => state)
  assert.deepEqual(await states(''), ['open', 'closed'])
  assert.deepEqual(await states('?state=closed'), ['closed'])
  assert.deepEqual(await states('?state=paused'), [])
  assert.ok(world.inventory.heard.every(({ path }) => path === '/internal/sales'))
})

test('a failure is not kept', async () => {
  const id = newId()
  world.inventory.say = () => ({ status: 500 })
  assert.equal((await call(world, `/api/sales/${id}`)).status, 503)
  world.inventory.say = () => ({ body: { ...SALE, saleId: id } })
  assert.equal((await call(world, `/api/sales/${id}`)).status, 200)
})
