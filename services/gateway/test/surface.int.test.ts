import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { PROBLEMS } from '@stampede/contracts/problems'
import { call, statuses, talk } from './client.ts'
import { openWorld, type World } from './stand-ins.ts'

/** The routes of the public contract, as far as they exist. */
const CONTRACT = [
  'POST /api/users',
  'POST /api/sessions',
  'POST /api/sessions/refresh',
  'GET /api/me',
  'POST /api/sales',
  'GET /api/sales',
  'GET /api/sales/{saleId}',
  'GET /api/sales/{saleId}/events',
  'PATCH /api/sales/{saleId}',
  'POST /api/sales/{saleId}/pause',
  'POST /api/sales/{saleId}/resume',
  'POST /api/sales/{saleId}/close',
  'GET /api/sales/{saleId}/audit',
  'POST /api/sales/{saleId}/orders',
  'GET /api/orders',
  'GET /api/orders/{orderId}',
  'GET /api/orders/{orderId}/events',
  'GET /api/orders/{orderId}/story',
  'POST /api/orders/{orderId}/cancel',
  'POST /api/orders/{orderId}/payment',
  'POST /api/orders/{orderId}/refund',
  'POST /api/operator/buyers',
  'POST /api/webhooks/payments',
  'GET /api/operator/dead-letters',
  'POST /api/operator/dead-letters/{id}/replay',
  'GET /api/operator/watch',
]

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())

test('the document lists exactly the routes there are, each with its answers, problems and who may ask', async () => {
  const { body } = await call(world, '/openapi.json')
  assert.equal(body.openapi, '3.1.0')
  const listed = Object.entries<Record<string, object>>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.deepEqual(listed.toSorted(), CONTRACT.toSorted())
  for (const each of listed) {
    const [method = '', path = ''] = each.split(' ')
    const { summary, responses } = body.paths[path][method.toLowerCase()]
    assert.ok(summary, each)
    assert.ok(
      Object.keys(responses).some((status) => status < '300'),
      each,
    )
    const answers = Object.entries<{ content: Record<string, { examples?: object }> }>(responses)
    for (const [status, { content }] of answers.filter(([answered]) => answered >= '400')) {
      const codes = Object.keys(content['application/problem+json']?.examples ?? {})
      assert.ok(codes.length > 0, `${each} ${status}`)
      for (const code of codes) assert.equal(String(PROBLEMS[code as keyof typeof PROBLEMS].status), status)
    }
  }
})

test('every route of the document is there', async () => {
  for (const each of CONTRACT) {
    const [method = '', path = ''] = each.split(' ')
    const told = await call(world, path.replace(/\{\w+\}/, newId()), {
      method,
      token: world.key.token(newId(), 'operator'),
    })
    assert.notEqual(told.body.code, 'method_not_allowed', each)
    const asked = [world.user, world.inventory, world.order].some(({ heard }) => heard.splice(0).length > 0)
    assert.ok(
      asked || told.body.code === 'invalid_request' || told.body.code === 'idempotency_key_missing',
      each,
    )
  }
})

test('another method on a path that exists is 405 with what is allowed', async () => {
  const told = await call(world, '/api/sales', { method: 'DELETE' })
  assert.deepEqual([told.status, told.body.code], [405, 'method_not_allowed'])
  assert.equal(told.headers.get('allow'), 'GET, HEAD, POST')
  for (const method of ['PUT', 'OPTIONS', 'GET', 'PATCH']) {
    assert.equal((await call(world, `/api/sales/${newId()}/orders`, { method })).status, 405, method)
  }
})

test('what does not exist is 404, and nothing of the inside shows', async () => {
  for (const path of [
    '/',
    '/api',
    '/api/nothing',
    '/internal/jwks',
    '/%69nternal/jwks',
    '/docs/../internal/users',
  ]) {
    const told = await call(world, path)
    assert.deepEqual([told.status, told.body.code], [404, 'not_found'], path)
    assert.match(told.headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/)
  }
})

test('the page to read the document is served, with nothing loaded from elsewhere', async () => {
  const told = await call(world, '/docs')
  assert.equal(told.status, 200)
  assert.match(told.headers.get('content-security-policy') ?? '', /default-src 'self'/)
})

test('a sender who is too slow is cut off', async () => {
  const head = [
    'POST /api/sessions HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    'Content-Length: 100',
  ]
  const slow = `${head.join('\r\n')}\r\n\r\n{`
  const since = performance.now()
  const heard = await talk(world, slow, () => false)
  assert.deepEqual(statuses(heard), [408])
  assert.ok(performance.now() - since < 8_000)
})

test('a connection opened ahead, on which nothing comes, is closed without an answer', async () => {
  const since = performance.now()
  assert.equal(await talk(world, '', () => false), '')
  assert.ok(performance.now() - since > 4_000)
})

test('broken HTTP is 400 and too large headers 431, both as problems', async () => {
  const broken = await talk(world, 'POST /api/sessions HTTP/1.1\r\nHost x\r\n\r\n', () => false)
  assert.deepEqual(statuses(broken), [400])
  assert.match(broken, /"code":"invalid_request"/)
  const large = `GET /api/sales HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`
  assert.deepEqual(statuses(await talk(world, large, () => false)), [431])
})
