import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { HOPS, type Hop, PURCHASE_HOPS } from '@stampede/contracts/telemetry'
import { until } from '@stampede/kit/testing/until'
import { spanIdOf } from '@stampede/kit/tracing/span-id'
import type { SaleTerms } from '@stampede/loadtests/system/operator'
import { buy } from './support/attempts.ts'
import { call, openHouse } from './support/house.ts'
import { openSpanCollector, type SeenSpan } from './support/span-collector.ts'
import { lockTable } from './support/table-lock.ts'

const TRACE_KEY = 'a-key-of-operators'

const collector = await openSpanCollector()
after(() => collector.close())
const house = await openHouse({
  block: 5,
  telemetryUrl: collector.url,
  env: { gateway: { TRACE_RATIO: '0', TRACE_KEY } },
})
const { url } = house
const [buyer, other] = await house.operator.hireBuyers(2)
assert.ok(buyer && other)
const { accessToken: token } = buyer

interface Bought {
  readonly status: number
  readonly orderId: string
  readonly traceId: string
}

async function buyUnit(headers: Record<string, string>, guard?: SaleTerms['guard']): Promise<Bought> {
  const { saleId } = await house.openSale({ units: 1, ...(guard && { guard }) })
  const bought = await fetch(`${url}/api/sales/${saleId}/orders`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' },
      ...headers,
    },
    body: JSON.stringify({ quantity: 1 }),
    signal: AbortSignal.timeout(10_000),
  })
  const { orderId } = (await bought.json()) as { orderId: string }
  return { status: bought.status, orderId, traceId: bought.headers.get('x-trace-id') as string }
}

async function buyAndPay(headers: Record<string, string> = {}): Promise<Bought> {
  const bought = await buyUnit(headers)
  assert.equal(bought.status, 201)
  const wish = { method: 'POST', token, body: { method: 'sandbox' }, key: 'pay' }
  assert.equal((await call(`${url}/api/orders/${bought.orderId}/payment`, wish)).status, 202)
  return bought
}

const ofTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId)

/** In a trace each hop is one span: its id tells which. */
function hopsOf(traceId: string): Map<Hop, SeenSpan> {
  const hops = new Map((Object.keys(HOPS) as Hop[]).map((hop) => [spanIdOf(traceId, hop), hop]))
  return new Map(ofTrace(traceId).map((span) => [hops.get(span.spanId) as Hop, span]))
}

/** Each span has the parent that the table says, which is there, and nothing failed. */
function assertWhole(traceId: string): void {
  const hops = hopsOf(traceId)
  for (const [hop, span] of hops) {
    const { after: parent } = HOPS[hop] as { after?: Hop }
    assert.equal(span.parentSpanId, parent && spanIdOf(traceId, parent), hop)
    assert.equal(span.failed, false, hop)
    assert.ok(span.startMs <= span.endMs, hop)
    if (!parent) continue
    const before = hops.get(parent)
    assert.ok(before, `${hop} without ${parent}`)
    // Clocks of one machine: what follows does not begin before what it follows.
    assert.ok(span.startMs >= before.startMs - 5, `${hop} before ${parent}`)
  }
}

test('a purchase that is paid is one trace, from the gateway to the last function', async () => {
  const { orderId, traceId } = await buyAndPay({ 'x-trace-key': TRACE_KEY })
  await until('all hops', async () => hopsOf(traceId).size >= PURCHASE_HOPS.length)
  const hops = hopsOf(traceId)
  assert.deepEqual([...hops.keys()].toSorted(), [...PURCHASE_HOPS].toSorted())
  assertWhole(traceId)
  const serviceOf = (hop: Hop) => hops.get(hop)?.service
  assert.deepEqual(
    [serviceOf('gateway request'), serviceOf('order rows'), serviceOf('inventory gate')],
    ['gateway', 'order', 'inventory'],
  )
  assert.deepEqual(
    [serviceOf('payment charge'), serviceOf('run notification for order.paid')],
    ['payment', 'functions'],
  )
  assert.equal(hops.get('gateway request')?.name, 'POST /api/sales/:saleId/orders')
  assert.equal(hops.get('gateway request')?.attributes['http.response.status_code'], 201)
  assert.equal(hops.get('order place')?.attributes['stampede.order.id'], orderId)
  assert.equal(hops.get('inventory gate')?.attributes['stampede.outcome'], 'won')
  const order = await call(`${url}/api/orders/${orderId}`, { token })
  assert.equal((JSON.parse(order.body) as { traceId: string }).traceId, traceId)
})

const QUEUED_HOPS: readonly Hop[] = [
  'gateway request',
  'gateway send',
  'order place',
  'inventory gate',
  'run place-order',
  'inventory ledger',
  'send stock.reserved',
  'process stock.reserved by order',
  'order rows',
  'send order.placed',
]

test('a purchase that had to queue is one trace, with its turn and the rows that others wrote for it', async () => {
  const guard = { stage: 'async', variant: 'guarded' } as const
  const { status, orderId, traceId } = await buyUnit({ 'x-trace-key': TRACE_KEY }, guard)
  assert.equal(status, 202)
  await until('all hops', async () => hopsOf(traceId).size >= QUEUED_HOPS.length)
  const hops = hopsOf(traceId)
  assert.deepEqual([...hops.keys()].toSorted(), QUEUED_HOPS.toSorted())
  assertWhole(traceId)
  assert.equal(hops.get('inventory gate')?.attributes['stampede.outcome'], 'queued')
  assert.equal(hops.get('run place-order')?.service, 'inventory')
  const order = await call(`${url}/api/orders/${orderId}`, { token })
  assert.equal((JSON.parse(order.body) as { traceId: string }).traceId, traceId)
})

test('the batches of a purchase link to its spans', async () => {
  const { traceId } = await buyAndPay({ 'x-trace-key': TRACE_KEY })
  const hop = 'inventory ledger'
  const batch = () =>
    collector.spans.find(
      ({ name, links }) => name === `${hop} batch` && links.some((link) => link.traceId === traceId),
    )
  await until('the batch', async () => batch() !== undefined)
  assert.ok(batch()?.links.some(({ spanId }) => spanId === spanIdOf(traceId, hop)))
})

test('no span holds who bought, with what key or token', async () => {
  const { traceId } = await buyAndPay({ 'x-trace-key': TRACE_KEY })
  await until('all hops', async () => hopsOf(traceId).size >= PURCHASE_HOPS.length)
  const told = JSON.stringify(collector.spans)
  for (const secret of [buyer.userId, token, TRACE_KEY, 'idempotency']) {
    assert.ok(!told.includes(secret), secret)
  }
})

test('an unmarked request leaves nothing, nor does one whose client or wrong key asks for it', async () => {
  const wishes = [
    {},
    { traceparent: '00-fbf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    { 'x-trace-key': 'not-a-key-of-operators' },
  ]
  const unkept: string[] = []
  for (const headers of wishes) unkept.push((await buyAndPay(headers)).traceId)
  // Those that come after have been seen: so would have been those before.
  const { traceId } = await buyAndPay({ 'x-trace-key': TRACE_KEY })
  await until('all hops', async () => hopsOf(traceId).size >= PURCHASE_HOPS.length)
  for (const each of unkept) assert.deepEqual(ofTrace(each), [])
  assert.ok(!unkept.includes('fbf92f3577b34da6a3ce929d0e0e4736'))
})

test('an unmarked purchase that fails is kept by all who saw it fail', async () => {
  const { saleId } = await house.openSale({ units: 1 })
  const lock = await lockTable(house, 'inventory.reservation')
  const failed = await fetch(`${url}/api/sales/${saleId}/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'f' },
    body: JSON.stringify({ quantity: 1 }),
    signal: AbortSignal.timeout(10_000),
  })
  await lock.release()
  assert.equal(failed.status, 504)
  const traceId = failed.headers.get('x-trace-id') as string
  const seen: Hop[] = ['gateway request', 'gateway send', 'order place']
  await until('its hops', async () => seen.every((hop) => hopsOf(traceId).get(hop)?.failed))
  const root = hopsOf(traceId).get('gateway request')
  assert.deepEqual(
    [root?.attributes['stampede.kept_for'], root?.attributes['error.type']],
    ['error', 'deadline_exceeded'],
  )
})

test('a sold-out answer of a marked request is one span', async () => {
  const { saleId } = await house.openSale({ units: 1 })
  assert.equal((await buy(house, { saleId, buyer, key: 'won', quantity: 1 })).status, 201)
  // Somebody's refusal tells the gateway; then it refuses everybody by itself, without a look at the token.
  await buy(house, { saleId, buyer: other, key: 'late', quantity: 1 })
  const ask = (headers: Record<string, string>) =>
    fetch(`${url}/api/sales/${saleId}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'later', ...headers },
      body: JSON.stringify({ quantity: 1 }),
      signal: AbortSignal.timeout(10_000),
    })
  await until('the sold-out flag', async () => (await ask({})).status === 409)
  const refused = await ask({ 'x-trace-key': TRACE_KEY })
  assert.equal(refused.status, 409)
  const traceId = refused.headers.get('x-trace-id') as string
  await until('the span', async () => ofTrace(traceId).length > 0)
  const [span, ...more] = ofTrace(traceId)
  assert.deepEqual([span?.name, more], ['POST /api/sales/:saleId/orders', []])
  assert.equal(span?.attributes['stampede.problem'], 'sold_out')
})
