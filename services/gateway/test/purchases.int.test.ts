import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { REFUSALS } from '@stampede/contracts/claims'
import { deriveOrderId, newId, printKey } from '@stampede/contracts/ids'
import { REFUSED } from '@stampede/contracts/outcomes'
import { PROBLEMS } from '@stampede/contracts/problems'
import { buy, call, rawPurchase, statuses, talk } from './client.ts'
import { openWorld, placed, until, type World } from './stand-ins.ts'

const SALE = newId()
const BUYER = newId()

let world: World
before(async () => {
  world = await openWorld({
    DEADLINE_MS: '1000',
    CLAIMS_QUEUE_MAX: '40',
    CLAIMS_IN_FLIGHT: '1',
  })
})
after(() => world.close())
beforeEach(() => {
  world.order.heard.length = 0
  world.order.say = () => undefined
})

const batches = () => world.order.heard.filter(({ path }) => path === '/internal/orders')

test('a purchase becomes a claim whose id derives from buyer, sale and key, and its order is told as it is', async () => {
  const token = world.key.token(BUYER)
  const told = await buy(world, SALE, { key: 'first', token, body: { quantity: 2 } })
  assert.equal(told.status, 201)
  const [batch] = batches()
  const claim = batch?.body.claims[0]
  const { traceId, ...wish } = claim
  assert.equal(traceId, told.headers.get('x-trace-id'))
  assert.deepEqual(wish, {
    claimId: deriveOrderId(BUYER, SALE, 'first'),
    saleId: SALE,
    userId: BUYER,
    quantity: 2,
    keyPrint: printKey('first'),
  })
  assert.equal(told.text, JSON.stringify(placed(claim).placed))
  assert.ok(batch && batch.body.budgetMs > 500 && batch.body.budgetMs < 1_000)
  assert.equal(batch.headers.authorization, 'Bearer development-internal-key')
})

test('a repeat is answered byte for byte, however the order service spells it', async () => {
  const { expiresAt, ...rest } = placed({ claimId: newId(), quantity: 1, traceId: 'a'.repeat(32) }).placed
  world.order.say = () => ({ body: { results: [{ placed: { ...rest, expiresAt } }] } })
  const first = await buy(world, SALE)
  world.order.say = () => ({ body: { results: [{ placed: { extra: 1, expiresAt, ...rest } }] } })
  const again = await buy(world, SALE)
  assert.equal(again.text, first.text)
  assert.notEqual(again.headers.get('x-trace-id'), first.headers.get('x-trace-id'))
})

test('an order that waits to be made is told with 202, not as if it were placed', async () => {
  world.order.say = ({ body }) => {
    const queued = { orderId: body.claims[0].claimId, state: 'queued' }
    return { body: { results: [{ queued }] } }
  }
  const told = await buy(world, SALE, { key: 'patient', token: world.key.token(BUYER) })
  assert.equal(told.status, 202)
  assert.deepEqual(told.body, { orderId: deriveOrderId(BUYER, SALE, 'patient'), state: 'queued' })
})

for (const refusal of REFUSALS) {
  test(`refused for ${refusal}: the problem of the catalogue`, async () => {
    world.order.say = ({ body }) =>
      body.claims && { body: { results: body.claims.map(() => ({ refused: refusal })) } }
    const told = await buy(world, newId())
    const { code, ...when } = REFUSED[refusal]
    assert.equal(told.status, PROBLEMS[code].status)
    assert.equal(told.body.code, code)
    assert.equal(told.body.traceId, told.headers.get('x-trace-id'))
    assert.equal(told.headers.get('content-type'), 'application/problem+json; charset=utf-8')
    assert.equal(told.headers.get('retry-after'), 'retryAfter' in when ? '1' : null)
  })
}

test('attempts that arrive while a batch is on its way travel together', async () => {
  world.order.say = async () => {
    await new Promise((later) => setTimeout(later, 50))
    return undefined
  }
  const told = await Promise.all(Array.from({ length: 30 }, () => buy(world, SALE)))
  assert.ok(told.every(({ status }) => status === 201))
  const sizes = batches().map(({ body }) => body.claims.length)
  assert.equal(
    sizes.reduce((a, b) => a + b),
    30,
  )
  assert.ok(sizes.length <= 4, `${sizes.length} requests: ${sizes}`)
  const orders = new Set(told.map(({ body }) => body.orderId))
  assert.equal(orders.size, 30, 'and each hears of its own order')
})

test('one key sent 50 times at once is one claim', async () => {
  const token = world.key.token(newId())
  const told = await Promise.all(Array.from({ length: 50 }, () => buy(world, SALE, { key: 'same', token })))
  const heard = told.filter(({ status }) => status === 201)
  assert.ok(heard.length >= 40)
  assert.equal(new Set(heard.map(({ body }) => body.orderId)).size, 1)
  const claims = batches().flatMap(({ body }) => body.claims)
  assert.equal(new Set(claims.map(({ claimId }) => claimId)).size, 1)
})

test('while the order service hangs, everyone is told in time: those on their way and those behind them', async () => {
  world.order.say = () => 'hang'
  const since = performance.now()
  const early = [buy(world, SALE), buy(world, SALE)]
  await until(() => batches().length === 1)
  await new Promise((later) => setTimeout(later, 25))
  const late = [buy(world, SALE), buy(world, SALE)]
  for (const told of await Promise.all([...early, ...late])) {
    assert.equal(told.status, 504)
    assert.equal(told.body.code, 'deadline_exceeded')
  }
  assert.ok(performance.now() - since < 1_900, `took ${performance.now() - since} ms`)
  assert.equal(batches().length, 1, 'what had no time left was not sent')
})

test('beyond the queue attempts are turned away at once', async () => {
  world.order.say = () => 'hang'
  const first = buy(world, SALE)
  await until(() => batches().length === 1)
  const since = performance.now()
  const rush = Array.from({ length: 60 }, async () => {
    const told = await buy(world, SALE)
    return { told, ms: performance.now() - since }
  })
  const turned = (await Promise.all([...rush])).filter(({ told }) => told.status === 503)
  assert.equal(turned.length, 20)
  for (const { told, ms } of turned) {
    assert.equal(told.body.code, 'overloaded')
    assert.equal(told.headers.get('retry-after'), '1')
    assert.ok(ms < 900, `waited ${ms} ms`)
  }
  assert.equal((await first).status, 504)
})

for (const [title, said, status, code] of [
  ['fails', { status: 500, body: { code: 'internal' } }, 503, 'unavailable'],
  ['is overloaded', { status: 503, body: { code: 'overloaded' } }, 503, 'overloaded'],
  ['ran out of time', { status: 504, body: { code: 'deadline_exceeded' } }, 504, 'deadline_exceeded'],
  ['says too little', { body: { results: [] } }, 503, 'unavailable'],
  ['does not know us', { status: 401, body: { code: 'unauthenticated' } }, 503, 'unavailable'],
] as const) {
  test(`when the order service ${title}, it is ${status} ${code}`, async () => {
    world.order.say = () => said
    const told = await buy(world, SALE)
    assert.deepEqual([told.status, told.body.code], [status, code])
    if (status === 503) assert.equal(told.headers.get('retry-after'), '1')
  })
}

for (const [title, headers, code, path] of [
  ['missing', [], 'idempotency_key_missing', undefined],
  ['empty', ['Idempotency-Key:'], 'invalid_request', 'header/idempotency-key'],
  ['sent twice', ['Idempotency-Key: a', 'Idempotency-Key: b'], 'invalid_request', 'header/idempotency-key'],
  [
    'sent twice in other case',
    ['Idempotency-Key: a', 'IDEMPOTENCY-KEY: a'],
    'invalid_request',
    'header/idempotency-key',
  ],
  ['two words', ['Idempotency-Key: a b'], 'invalid_request', 'header/idempotency-key'],
  ['not ASCII', ['Idempotency-Key: é'], 'invalid_request', 'header/idempotency-key'],
  ['too long', [`Idempotency-Key: ${'k'.repeat(256)}`], 'invalid_request', 'header/idempotency-key'],
] as const) {
  test(`a key that is ${title} is refused`, async () => {
    const request = rawPurchase(SALE, [`Authorization: Bearer ${world.key.token(newId())}`, ...headers])
    const heard = await talk(world, request, (text) => text.endsWith('}'))
    assert.deepEqual(statuses(heard), [400])
    const told = JSON.parse(heard.slice(heard.indexOf('{')))
    assert.equal(told.code, code)
    assert.equal(told.errors?.[0].path, path)
    assert.equal(batches().length, 0)
  })
}

test('a key of 255 characters is one', async () => {
  assert.equal((await buy(world, SALE, { key: '~'.repeat(255) })).status, 201)
})

test('bad bodies are 400 with every bad field, other kinds 413 and 415', async () => {
  const cases: [unknown, string[]][] = [
    [{ quantity: '1' }, ['/quantity']],
    [{ quantity: 0 }, ['/quantity']],
    [{ quantity: 1.5 }, ['/quantity']],
    [{ quantity: 1_001 }, ['/quantity']],
    [{ quantity: null }, ['/quantity']],
    [{ quantity: [1] }, ['/quantity']],
    ['{"quantity":1e999}', ['/quantity']],
    [{}, ['/quantity']],
    [{ quantity: 'x', role: 'operator', price: 1 }, ['/price', '/quantity', '/role']],
    [[], ['/']],
    ['null', ['/']],
    ['1', ['/']],
    ['{"quantity":', []],
    ['{"quantity":1,"__proto__":{"x":1}}', []],
    ['', []],
  ]
  for (const [body, paths] of cases) {
    const told = await buy(world, SALE, { body })
    assert.deepEqual([told.status, told.body.code], [400, 'invalid_request'], JSON.stringify(body))
    assert.deepEqual(
      (told.body.errors ?? []).map(({ path }: { path: string }) => path).sort(),
      paths,
      JSON.stringify(body),
    )
  }
  const big = await buy(world, SALE, { body: { quantity: 1, note: 'x'.repeat(17_000) } })
  assert.deepEqual([big.status, big.body.code], [413, 'body_too_large'])
  const headers = { 'idempotency-key': 'k', 'content-type': 'text/plain' }
  const token = world.key.token(newId())
  const text = await call(world, `/api/sales/${SALE}/orders`, {
    method: 'POST',
    token,
    headers,
    body: '{"quantity":1}',
  })
  assert.deepEqual([text.status, text.body.code], [415, 'unsupported_media_type'])
  assert.equal(batches().length, 0)
})

test('a malformed sale id is 400 and names the path', async () => {
  for (const id of [
    '1',
    SALE.toUpperCase(),
    `${SALE.slice(0, 14)}4${SALE.slice(15)}`,
    `${SALE.slice(0, -1)}%00`,
  ]) {
    const told = await buy(world, id)
    assert.equal(told.status, 400, id)
    assert.equal(told.body.errors[0].path, 'path/saleId')
  }
})

test('without a valid token it is 401, before the body is looked at', async () => {
  for (const token of ['', 'x.y.z', world.key.sign({ sub: BUYER })]) {
    const told = await buy(world, SALE, { token, body: '{' })
    assert.deepEqual([told.status, told.body.code], [401, 'unauthenticated'])
    assert.equal(told.headers.get('www-authenticate'), 'Bearer')
  }
})
