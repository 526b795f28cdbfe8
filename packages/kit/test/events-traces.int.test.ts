import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { type Apply, openDelivery } from '../src/events/deliver.ts'
import { replayLetter } from '../src/events/replay.ts'
import { spanIdOf, traceparentOf } from '../src/tracing/span-id.ts'
import { keepWith } from '../src/tracing/spans.ts'
import { newTraceId } from '../src/tracing/trace-id.ts'
import { keepSpansHere } from '../testing/kept-spans.ts'
import { type Cancelled, type House, makeFacts, openHouse, TOPIC, toValue } from './events-house.ts'

// One that the table of hops knows.
const CONSUMER = 'inventory'
const HOP = 'process order.cancelled by inventory'
let house: House

before(async () => {
  house = await openHouse()
  await house.create()
})
after(() => house.destroy())
afterEach(() => keepWith(undefined))

/** A message of a trace, and how a consumer would work on it. */
function makeMessage(traceId: string) {
  const [fact] = makeFacts(1) as [ReturnType<typeof makeFacts>[number]]
  const value = toValue({ ...fact, traceparent: traceparentOf(traceId, 'order rows') })
  return { topic: TOPIC, partition: 0, offset: '0', sentAt: new Date(), key: fact.subject, value }
}

function deliverWith(apply: Apply<Cancelled>) {
  const { pool, log } = house
  const signal = new AbortController().signal
  return openDelivery({ consumer: CONSUMER, pool, log, apply, signal, onProgress: () => {} })
}

const spoilt = Object.assign(new TypeError('a secret'), { code: undefined })

test('an event that is given up has a span that says so, once, and so has the replay that heals it', async () => {
  const traceId = newTraceId(true)
  const spans = keepSpansHere()
  let tries = 0
  const deliver = deliverWith(async () => {
    tries++
    throw spoilt
  })
  await deliver([makeMessage(traceId)])
  assert.equal(tries, 3)
  const told = () =>
    spans.filter(({ name }) => name === HOP).map(({ attributes }) => attributes['error.type'])
  assert.deepEqual(told(), ['TypeError'])
  const span = spans.find(({ name }) => name === HOP)
  assert.equal(span?.spanContext().spanId, spanIdOf(traceId, HOP))
  assert.equal(span?.attributes['messaging.consumer.group.name'], CONSUMER)

  const { rows } = await house.pool.query<{ id: string }>('select id::text from dead_letter')
  const options = { consumer: CONSUMER, pool: house.pool, inbox: true, topics: [TOPIC] }
  const replay = (apply: Apply<Cancelled>) => replayLetter({ ...options, apply }, rows[0]?.id ?? '')
  assert.match(JSON.stringify(await replay(() => Promise.reject(spoilt))), /failed/)
  assert.equal(await replay(async () => {}), 'replayed')
  assert.deepEqual(told(), ['TypeError', 'TypeError', undefined])
  // Nothing was done: nothing is told.
  assert.match(JSON.stringify(await replay(async () => {})), /replayed at/)
  assert.equal(told().length, 3)
})

test('an event that succeeds when it is tried again has the span of that try', async () => {
  const traceId = newTraceId(true)
  const spans = keepSpansHere()
  let tries = 0
  const deliver = deliverWith(async () => {
    tries++
    if (tries === 1) throw spoilt
  })
  await deliver([makeMessage(traceId)])
  assert.deepEqual(
    spans.filter(({ name }) => name === HOP).map(({ attributes }) => attributes['error.type']),
    [undefined],
  )
})

test('an event that took effect is not tried again because telling of it failed', async () => {
  const traceId = newTraceId(true)
  keepSpansHere({
    take() {
      throw new Error('no place for spans')
    },
  })
  let tries = 0
  const deliver = deliverWith(async () => {
    tries++
  })
  await deliver([makeMessage(traceId)])
  assert.equal(tries, 1)
})
