import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { call } from './client.ts'
import { ID, NEW_SALE } from './samples.ts'
import { openWorld, type World } from './stand-ins.ts'

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())

test('bad input never leaves the gateway', async () => {
  const token = world.key.token(newId(), 'operator')
  const cases: [string, string, unknown, string][] = [
    ['POST', '/api/users', { email: 'a', password: 'password', name: 'A' }, '/email'],
    [
      'POST',
      '/api/users',
      { email: 'a@b.example', password: 'password', name: 'A', role: 'operator' },
      '/role',
    ],
    ['POST', '/api/users', { email: 'a@b.example', password: 'pass\u0000word', name: 'A' }, '/password'],
    ['POST', '/api/users', { email: 'a@b.example', password: 'password', name: '\ud800' }, '/name'],
    ['POST', '/api/sessions', { email: 'a@b.example' }, '/password'],
    ['POST', '/api/sessions/refresh', { refreshToken: '' }, '/refreshToken'],
    ['POST', '/api/operator/buyers', { count: 10_001 }, '/count'],
    ['POST', '/api/sales', { ...NEW_SALE, currency: 'euro' }, '/currency'],
    ['POST', '/api/sales', { ...NEW_SALE, startsAt: 'soon' }, '/startsAt'],
    ['PATCH', `/api/sales/${ID}`, {}, '/'],
    ['PATCH', `/api/sales/${ID}`, { priceCents: 1 }, '/priceCents'],
    ['GET', '/api/sales/1', undefined, 'path/saleId'],
    ['GET', '/api/sales?state=sold', undefined, 'query/state'],
    ['GET', '/api/sales?sort=price', undefined, 'query/sort'],
    ['GET', `/api/sales/${ID}%2F..%2F..`, undefined, 'path/saleId'],
    ['GET', '/api/orders?limit=0', undefined, 'query/limit'],
    ['GET', '/api/orders?limit=101', undefined, 'query/limit'],
    ['GET', '/api/orders?limit=5&limit=6', undefined, 'query/limit'],
    ['GET', '/api/orders?cursor=%00', undefined, 'query/cursor'],
    ['GET', '/api/orders/1', undefined, 'path/orderId'],
    ['POST', '/api/orders/..%2F1/cancel', undefined, 'path/orderId'],
    ['GET', '/api/operator/dead-letters?limit=101', undefined, 'query/limit'],
    ['GET', '/api/operator/dead-letters?before=1', undefined, 'query/before'],
    ['GET', '/api/operator/dead-letters?before=user.1', undefined, 'query/before'],
    ['GET', '/api/operator/dead-letters?state=dead', undefined, 'query/state'],
    ['POST', '/api/operator/dead-letters/1/replay', undefined, 'path/id'],
    ['POST', '/api/operator/dead-letters/order.0/replay', undefined, 'path/id'],
    ['POST', `/api/operator/dead-letters/order.${'9'.repeat(19)}/replay`, undefined, 'path/id'],
    ['POST', '/api/operator/dead-letters/order.1%2F..%2F2/replay', undefined, 'path/id'],
  ]
  for (const [method, path, body, bad] of cases) {
    const told = await call(world, path, { method, token, ...(body !== undefined && { body }) })
    assert.deepEqual(
      [told.status, told.body.code, told.body.errors?.[0].path],
      [400, 'invalid_request', bad],
      `${method} ${path}`,
    )
  }
  assert.equal(world.user.heard.length + world.inventory.heard.length + world.order.heard.length, 0)
})
