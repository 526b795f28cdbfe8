import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { derivePaymentId, newId, printKey } from '@stampede/contracts/ids'
import { call } from './client.ts'
import { openWorld, type World } from './stand-ins.ts'

const ME = newId()
const ORDER_ID = newId()
const PAYMENT = { paymentId: newId(), state: 'requested' }
const REFUND = { refundId: newId(), paymentId: newId(), state: 'refunding' }

let world: World
before(async () => {
  world = await openWorld()
})
after(() => world.close())
beforeEach(() => {
  world.order.heard.length = 0
  world.order.say = ({ path }) =>
    path.endsWith('/payment')
      ? { status: 202, body: PAYMENT }
      : path.endsWith('/refund')
        ? { status: 202, body: REFUND }
        : undefined
})

const ask = (what: 'payment' | 'refund', body?: unknown, key: string | undefined = 'k-1') =>
  call(world, `/api/orders/${ORDER_ID}/${what}`, {
    method: 'POST',
    token: world.key.token(ME),
    ...(body !== undefined && { body }),
    headers: key === '' ? {} : { 'idempotency-key': key },
  })

test('a payment is asked for under an id that follows from buyer, order and key', async () => {
  const heard = await ask('payment', { method: 'sandbox' })
  assert.deepEqual([heard.status, heard.body], [202, PAYMENT])
  await ask('payment', { method: 'sandbox', outcome: 'late', delayMs: 60_000 })
  await ask('payment', { method: 'sandbox' }, 'k-2')
  const path = `/internal/users/${ME}/orders/${ORDER_ID}/payment`
  assert.ok(world.order.heard.every((each) => each.path === path && each.method === 'POST'))
  const [first, second, third] = world.order.heard.map(({ body }) => body)
  const paymentId = derivePaymentId(ME, ORDER_ID, 'k-1')
  assert.deepEqual(first, { paymentId, outcome: 'succeed', delayMs: 0 })
  assert.deepEqual(second, { paymentId, outcome: 'late', delayMs: 60_000 })
  assert.notEqual(third.paymentId, paymentId)
})

test('a refund is asked for with the print of its key', async () => {
  const heard = await ask('refund')
  assert.deepEqual([heard.status, heard.body], [202, REFUND])
  const [asked] = world.order.heard
  assert.equal(asked?.path, `/internal/users/${ME}/orders/${ORDER_ID}/refund`)
  assert.deepEqual(asked?.body, { keyPrint: printKey('k-1') })
})

test('without a key, with another way to pay or an outcome nobody knows, nothing is asked', async () => {
  assert.equal((await ask('payment', { method: 'sandbox' }, '')).body.code, 'idempotency_key_missing')
  assert.equal((await ask('refund', undefined, '')).body.code, 'idempotency_key_missing')
  for (const body of [
    {},
    { method: 'card' },
    { method: 'sandbox', outcome: 'win' },
    { method: 'sandbox', to: 1 },
  ]) {
    const { status, body: problem } = await ask('payment', body)
    assert.deepEqual([status, problem.code], [400, 'invalid_request'])
  }
  assert.equal(world.order.heard.length, 0)
})

test('what the order service refuses is refused by the same code', async () => {
  for (const [what, code, status] of [
    ['payment', 'not_payable', 409],
    ['payment', 'idempotency_key_reused', 422],
    ['refund', 'not_refundable', 409],
    ['refund', 'not_found', 404],
  ] as const) {
    world.order.say = () => ({ status, body: { code } })
    const heard = await ask(what, what === 'payment' ? { method: 'sandbox' } : undefined)
    assert.deepEqual([heard.status, heard.body.code], [status, code])
  }
})
