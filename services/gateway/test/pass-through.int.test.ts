import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { type Call, call } from './client.ts'
import { AUDIT, ID, NEW_SALE, ORDER, SALE, SESSION } from './samples.ts'
import { openWorld, type StandIn, type World } from './stand-ins.ts'

const ME = newId()
type Who = 'anyone' | 'buyer' | 'operator'
interface Route {
  readonly who: Who
  readonly what: [method: string, path: string, body?: unknown]
  readonly asks: ['user' | 'inventory' | 'order' | 'functions', method: string, path: string]
  readonly told: [status: number, body: unknown]
}

const ROUTES: Route[] = [
  {
    who: 'anyone',
    what: ['POST', '/api/users', { email: 'a@b.example', password: 'password', name: 'A' }],
    asks: ['user', 'POST', '/internal/users'],
    told: [201, { userId: ME }],
  },
  {
    who: 'anyone',
    what: ['POST', '/api/sessions', { email: 'a@b.example', password: 'p' }],
    asks: ['user', 'POST', '/internal/sessions'],
    told: [201, SESSION],
  },
  {
    who: 'anyone',
    what: ['POST', '/api/sessions/refresh', { refreshToken: 'r' }],
    asks: ['user', 'POST', '/internal/sessions/refresh'],
    told: [201, SESSION],
  },
  {
    who: 'buyer',
    what: ['GET', '/api/me'],
    asks: ['user', 'GET', `/internal/users/${ME}`],
    told: [200, { userId: ME, email: 'a@b.example', name: 'A', role: 'buyer' }],
  },
  {
    who: 'operator',
    what: ['POST', '/api/operator/buyers', { count: 1 }],
    asks: ['user', 'POST', '/internal/buyers'],
    told: [201, { buyers: [{ userId: ME, accessToken: 't' }] }],
  },
  {
    who: 'operator',
    what: ['POST', '/api/sales', NEW_SALE],
    asks: ['inventory', 'POST', '/internal/sales'],
    told: [201, SALE],
  },
  {
    who: 'operator',
    what: ['PATCH', `/api/sales/${ID}`, { addUnits: 5 }],
    asks: ['inventory', 'PATCH', `/internal/sales/${ID}`],
    told: [200, SALE],
  },
  ...['pause', 'resume', 'close'].map(
    (verb): Route => ({
      who: 'operator',
      what: ['POST', `/api/sales/${ID}/${verb}`],
      asks: ['inventory', 'POST', `/internal/sales/${ID}/${verb}`],
      told: [200, SALE],
    }),
  ),
  {
    who: 'operator',
    what: ['GET', `/api/sales/${ID}/audit`],
    asks: ['inventory', 'GET', `/internal/sales/${ID}/audit`],
    told: [200, AUDIT],
  },
  {
    who: 'buyer',
    what: ['GET', '/api/orders?limit=5&cursor=a%26b'],
    asks: ['order', 'GET', `/internal/users/${ME}/orders?limit=5&cursor=a%26b`],
    told: [200, { orders: [ORDER], cursor: 'next' }],
  },
  {
    who: 'buyer',
    what: ['GET', `/api/orders/${ID}`],
    asks: ['order', 'GET', `/internal/users/${ME}/orders/${ID}`],
    told: [200, ORDER],
  },
  {
    who: 'buyer',
    what: ['POST', `/api/orders/${ID}/cancel`],
    asks: ['order', 'POST', `/internal/users/${ME}/orders/${ID}/cancel`],
    told: [200, { ...ORDER, state: 'cancelled' }],
  },
  {
    who: 'operator',
    what: ['POST', '/api/operator/dead-letters/functions.12/replay'],
    asks: ['functions', 'POST', '/internal/dead-letters/12/replay'],
    told: [202, { id: 'functions.12' }],
  },
]

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())
beforeEach(() => {
  for (const each of [world.user, world.inventory, world.order, world.functions]) {
    each.heard.length = 0
    each.say = () => undefined
  }
})

function as(who: Who, [method, , body]: Route['what']): Call {
  const token = who === 'anyone' ? {} : { token: world.key.token(ME, who) }
  return { method, ...token, ...(body !== undefined && { body }) }
}

for (const route of ROUTES) {
  const { who, what, asks, told } = route
  const [method, path, body] = what
  const name = `${method} ${path.replaceAll(ID, ':id')}`
  const peer = (): StandIn => world[asks[0]]

  test(`${name} asks ${asks[0]} and tells what it said`, async () => {
    peer().say = () => ({ status: told[0], body: { ...(told[1] as object), secret: 'not for the public' } })
    const heard = await call(world, path, as(who, what))
    assert.deepEqual([heard.status, heard.body], told)
    const [asked] = peer().heard
    assert.deepEqual([asked?.method, asked?.path], asks.slice(1))
    assert.deepEqual(asked?.body || undefined, body)
    assert.equal(asked?.headers.authorization, 'Bearer development-internal-key')
    assert.equal(asked?.headers['traceparent']?.slice(3, 35), heard.headers.get('x-trace-id'))
  })

  test(`${name} passes problems on and names its own trace`, async () => {
    const errors = [{ path: '/x', message: 'is odd' }]
    peer().say = () => ({
      status: 409,
      body: { code: 'not_open', detail: 'd', errors, traceId: 'theirs', stack: 'at x' },
    })
    const heard = await call(world, path, as(who, what))
    assert.equal(heard.status, 409)
    const { type, title, ...rest } = heard.body
    const traceId = heard.headers.get('x-trace-id')
    assert.deepEqual(rest, { status: 409, code: 'not_open', detail: 'd', errors, traceId })
    peer().say = () => ({ status: 500, body: { code: 'internal' } })
    assert.equal((await call(world, path, as(who, what))).body.code, 'unavailable')
    peer().say = () => ({ status: 503, body: { code: 'overloaded' } })
    assert.equal((await call(world, path, as(who, what))).body.code, 'overloaded')
  })

  if (who === 'anyone') continue
  test(`${name} is for ${who}s only`, async () => {
    const bare = await call(world, path, as('anyone', what))
    assert.deepEqual([bare.status, bare.body.code], [401, 'unauthenticated'])
    if (who === 'operator') {
      const buyer = await call(world, path, as('buyer', what))
      assert.deepEqual([buyer.status, buyer.body.code], [403, 'forbidden'])
    }
    assert.equal(peer().heard.length, 0)
  })
}

test('nothing that a caller writes into headers goes further', async () => {
  world.order.say = () => ({ body: ORDER })
  const headers = {
    ...{ 'x-user-id': newId(), 'x-user-role': 'operator', 'x-internal-key': 'k', 'x-forwarded-for': '::1' },
    ...{ cookie: 'a=b', forwarded: 'for=192.0.2.1', 'transfer-extension': 'x' },
  }
  const heard = await call(world, `/api/orders/${ID}`, { token: world.key.token(ME), headers })
  assert.equal(heard.status, 200)
  const [asked] = world.order.heard
  assert.equal(asked?.path, `/internal/users/${ME}/orders/${ID}`)
  const names = Object.keys(asked?.headers ?? {}).toSorted()
  assert.deepEqual(names, ['authorization', 'connection', 'host', 'traceparent'])
})
