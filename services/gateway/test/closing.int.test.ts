import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { buy } from './client.ts'
import { openWorld, placed, until, type World } from './stand-ins.ts'

async function openFor(t: TestContext): Promise<World> {
  const world = await openWorld()
  t.after(() => world.close())
  return world
}

test('closing answers what was accepted, takes nothing more, and is quick', async (t) => {
  const world = await openFor(t)
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  world.order.say = async ({ body }) => {
    await held
    return { body: { results: body.claims.map(placed) } }
  }
  const accepted = Array.from({ length: 5 }, () => buy(world, newId()))
  const live = async () =>
    (await fetch(`${world.gateway.url}/health/live`)).json() as Promise<{ inFlight: number }>
  await until(async () => (await live()).inFlight === 5)
  const since = performance.now()
  const closed = world.gateway.close()
  await assert.rejects(buy(world, newId()), 'no new connection')
  release()
  assert.deepEqual(
    (await Promise.all(accepted)).map(({ status }) => status),
    [201, 201, 201, 201, 201],
  )
  await closed
  assert.ok(performance.now() - since < 2_000, `took ${performance.now() - since} ms`)
})

test('with the order service gone attempts are 503 and the gateway is not ready', async (t) => {
  const world = await openFor(t)
  await world.order.close()
  const told = await buy(world, newId())
  assert.deepEqual([told.status, told.body.code, told.headers.get('retry-after')], [503, 'unavailable', '1'])
  await until(async () => (await fetch(`${world.gateway.url}/health/ready`)).status === 503)
  const ready = (await (await fetch(`${world.gateway.url}/health/ready`)).json()) as {
    checks: Record<string, string>
  }
  assert.deepEqual(ready.checks, { keys: 'ok', inventory: 'ok', order: 'unavailable' })
})
