import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { STORY_SERVICES, type StoryService } from '@stampede/contracts/story'
import type { Hop } from '@stampede/contracts/telemetry'
import { spanIdOf } from '@stampede/kit/tracing/span-id'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import { call } from './client.ts'
import { openStandIn, openWorld, type Say, type StandIn, type World } from './stand-ins.ts'

const ME = newId()
const ORDER = newId()
const TRACE = newTraceId(true)
const PATH = `/api/orders/${ORDER}/story`
const BEGIN = Date.parse('2026-11-27T18:00:00.000Z')
const at = (ms: number) => new Date(BEGIN + ms).toISOString()

const STEPS: Record<StoryService, object[]> = {
  order: [{ what: 'order rows', at: at(6) }],
  inventory: [{ what: 'inventory ledger', at: at(0) }],
  payment: [{ what: 'payment charge', at: at(900), until: at(1_200), tries: 1 }],
  functions: [{ what: 'run coupon for order.paid', at: at(1_300), until: at(1_400), tries: 1 }],
}

let world: World
let jaeger: StandIn
before(async () => {
  jaeger = await openStandIn(() => ({ body: { data: [] } }))
  world = await openWorld({ JAEGER_URL: jaeger.url })
})
after(async () => {
  await world.close()
  await jaeger.close()
})
beforeEach(() => {
  jaeger.heard.length = 0
  jaeger.say = () => undefined
  for (const name of STORY_SERVICES) world[name].heard.length = 0
  for (const name of STORY_SERVICES) world[name].say = owned(name)
})

/** As the services do it: another's order is unknown. */
function owned(name: StoryService): Say {
  return ({ path }) => {
    const wish = new URL(path, 'http://x').searchParams.get('userId')
    if (name === 'order' ? wish !== ME : wish !== null && wish !== ME) return undefined
    const order = name === 'order' && { state: 'paid', traceId: TRACE }
    return { body: { userId: ME, steps: STEPS[name], ...order } }
  }
}
const ask = (userId = ME, role: 'buyer' | 'operator' = 'buyer') =>
  call(world, PATH, { token: world.key.token(userId, role) })
const said = (steps: { service: string; words: string }[]) =>
  steps.map((each) => `${each.service}: ${each.words}`)

test('four services are asked at once for one buyer’s order, and their parts told as one story', async () => {
  const told = await ask()
  assert.equal(told.status, 200, told.text)
  const { steps, ...rest } = told.body
  assert.deepEqual(rest, {
    ...{ orderId: ORDER, state: 'paid', traceId: TRACE },
    ...{ pauses: [], missing: [], trace: 'not-kept' },
  })
  assert.deepEqual(said(steps), [
    'inventory: reserved',
    'order: order written 6 ms after it was reserved',
    'payment: charged 300 ms later',
    'functions: coupon granted 100 ms later',
  ])
  for (const name of STORY_SERVICES) {
    const [asked, ...more] = world[name].heard
    assert.deepEqual([asked?.path, more.length], [`/internal/orders/${ORDER}/story?userId=${ME}`, 0], name)
    assert.equal(asked?.headers['traceparent']?.slice(3, 35), told.headers.get('x-trace-id'))
  }
  assert.ok(!told.text.includes(ME), 'nobody is named')
})

test('a service that is silent, and one that talks rubbish, are named, and the others are told', async () => {
  world.payment.say = () => 'hang'
  world.functions.say = () => ({ body: { steps: [{ what: 'free beer', at: 'soon' }] } })
  const { status, body } = await ask()
  assert.equal(status, 200)
  assert.deepEqual(body.missing, ['payment', 'functions'])
  assert.deepEqual(
    body.steps.map(({ service }: { service: string }) => service),
    ['inventory', 'order'],
  )
  for (const failing of [
    { status: 500, body: {} },
    { status: 503, body: { code: 'overloaded' } },
    { status: 401 },
  ]) {
    world.payment.say = () => failing
    assert.ok((await ask()).body.missing.includes('payment'))
  }
})

test('without the order service its buyer is known to the others; with nobody to ask, nothing is told', async () => {
  world.order.say = () => ({ status: 503, body: {} })
  const known = await ask()
  assert.deepEqual([known.status, known.body.missing, known.body.steps.length], [200, ['order'], 3])
  world.payment.say = () => ({ body: { steps: [{ what: 'payment charge', at: at(0), failed: true }] } })
  const foreign = await ask(newId())
  assert.deepEqual([foreign.status, foreign.body.steps], [200, []])
  for (const name of STORY_SERVICES) world[name].say = () => ({ status: 500, body: {} })
  const nobody = await ask()
  assert.deepEqual([nobody.status, nobody.body.steps, nobody.body.missing], [200, [], [...STORY_SERVICES]])
})

test('another buyer’s order and an unknown one are 404, though some service has steps', async () => {
  world.payment.say = () => ({ body: { steps: [{ what: 'payment charge', at: at(0), failed: true }] } })
  const foreign = await ask(newId())
  assert.deepEqual([foreign.status, foreign.body.code], [404, 'not_found'])
  for (const name of STORY_SERVICES) world[name].say = () => undefined
  assert.equal((await ask()).status, 404)
  assert.equal((await ask(newId(), 'operator')).status, 404)
})

test('an operator sees anybody’s: the order service is asked for the buyer that the others name', async () => {
  const { status, body } = await ask(newId(), 'operator')
  assert.equal(status, 200)
  assert.deepEqual([body.state, body.steps.length, body.missing], ['paid', 4, []])
  assert.equal(world.inventory.heard[0]?.path, `/internal/orders/${ORDER}/story`)
  assert.equal(world.order.heard[0]?.path, `/internal/orders/${ORDER}/story?userId=${ME}`)
  for (const name of ['inventory', 'payment', 'functions'] as const) world[name].say = () => ({ status: 500 })
  assert.deepEqual((await ask(newId(), 'operator')).body.missing, [...STORY_SERVICES])
})

test('the document shows an example of it', async () => {
  const { body } = await call(world, '/openapi.json')
  const { get } = body.paths['/api/orders/{orderId}/story']
  const shown = JSON.stringify(get.responses[200].content['application/json'])
  assert.match(shown, /order\.placed told to Kafka 52 ms later/)
})

test('only who shows a token is told, and only of an id', async () => {
  assert.equal((await call(world, PATH)).body.code, 'unauthenticated')
  const token = world.key.token(ME)
  assert.equal((await call(world, '/api/orders/1/story', { token })).body.code, 'invalid_request')
  assert.equal((await call(world, `${PATH}?all=1`, { token })).body.code, 'invalid_request')
})

test('spans of a kept trace are added where their ids are those of hops, and twice when they were twice', async () => {
  const span = (hop: Hop, from: number, more: object = {}) => ({
    ...{ traceID: TRACE, spanID: spanIdOf(TRACE, hop), processID: 'p1', operationName: hop },
    ...{ startTime: (BEGIN + from) * 1_000, duration: 2_500, tags: [], ...more },
  })
  const spans = [
    span('gateway request', -4),
    span('inventory ledger', 0),
    span('inventory gate', -2, { tags: [{ key: 'error', value: true }] }),
    span('inventory gate', -2, { tags: [{ key: 'error', value: true }] }),
    span('order rows', 1, { spanID: '00f067aa0ba902b7' }),
    span('payment settle', 1_180),
    span('payment settle', 1_190),
  ]
  jaeger.say = () => ({
    body: { data: [{ spans, processes: { p1: { serviceName: 'gateway', tags: [] } } }] },
  })
  const { body } = await ask()
  assert.equal(jaeger.heard[0]?.path, `/api/traces/${TRACE}`)
  assert.equal(body.trace, 'added')
  const [request, gate, ledger] = body.steps
  assert.deepEqual(
    [request.words, request.traced, request.service],
    ['buyer answered in 3 ms', true, 'gateway'],
  )
  assert.deepEqual([gate.words, gate.failed], ['let through the gate: failed in 3 ms', true])
  assert.deepEqual(
    [ledger.words, ledger.traced, ledger.workMs],
    ['reserved 4 ms after the buyer asked', undefined, 2.5],
  )
  assert.equal(body.steps.length, 8)
})

test('a trace backend that is silent, broken, endless or has nothing changes nothing but a word', async () => {
  const cases: [say: Say, trace: string][] = [
    [() => ({ status: 404, body: { errors: [{ code: 404, msg: 'trace not found' }] } }), 'not-kept'],
    [() => ({ status: 500, body: {} }), 'away'],
    [() => ({ body: { data: [{ spans: [{ spanID: 7 }] }] } }), 'away'],
    [() => ({ body: { data: [], more: 'x'.repeat(3_000_000) } }), 'away'],
    [() => 'hang', 'away'],
  ]
  for (const [say, trace] of cases) {
    jaeger.say = say
    const { status, body } = await ask()
    assert.deepEqual([status, body.trace, body.steps.length], [200, trace, 4])
  }
  await jaeger.close()
  assert.equal((await ask()).body.trace, 'away')
})

test('without a trace backend nobody looks for one', async (t) => {
  const bare = await openWorld()
  t.after(() => bare.close())
  for (const name of STORY_SERVICES) bare[name].say = owned(name)
  const { body } = await call(bare, PATH, { token: bare.key.token(ME) })
  assert.deepEqual([body.trace, body.steps.length], ['unconfigured', 4])
})

test('the page and all it needs are served, with nothing from elsewhere and nothing inline', async () => {
  const page = await call(world, '/story')
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/)
  assert.doesNotMatch(policy, /unsafe/)
  assert.doesNotMatch(page.text, /https?:|\son\w+=|\sstyle=|<style|<script(?![^>]* src=)/)
  const parts = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '')
  const script = await call(world, '/story/story.js')
  parts.push(...[...script.text.matchAll(/from '([^']+)'/g)].map(([, path]) => path ?? ''))
  assert.equal(parts.length, 3)
  for (const path of parts) {
    const part = await call(world, path)
    assert.equal(part.status, 200, path)
    assert.match(
      part.headers.get('content-type') ?? '',
      path.endsWith('.css') ? /^text\/css/ : /^text\/javascript/,
    )
    assert.equal(part.headers.get('x-content-type-options'), 'nosniff')
  }
  assert.equal((await call(world, '/story/../src/app.ts')).status, 404)
})
