import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { keepSpansHere } from '../../testing/kept-spans.ts'
import { spanIdOf, traceparentOf } from './span-id.ts'
import { type KeeperOptions, keepSpan, keepWith, matters, traced, tracedOne } from './spans.ts'
import { newTraceId } from './trace-id.ts'

afterEach(() => keepWith(undefined))

const SLOW_MS = 100

const keepHere = (own: Partial<KeeperOptions> = {}) => keepSpansHere({ slowMs: SLOW_MS, ...own })

const work = async (items: readonly string[]) => items.map((id) => `${id} done`)
const itself = { traceIdOf: (id: string) => id }
const took = (ms: number) => ({ startMs: 1_000, endMs: 1_000 + ms })

test('the span of a hop has its id and that of its parent from the trace and the table', () => {
  const spans = keepHere()
  const traceId = newTraceId(true)
  keepSpan('inventory ledger', traceId, took(2.5))
  const [span] = spans
  assert.ok(span)
  assert.equal(span.name, 'inventory ledger')
  assert.equal(span.kind, SpanKind.CLIENT)
  assert.deepEqual(span.startTime, [1, 0])
  assert.deepEqual(span.endTime, [1, 2_500_000])
  assert.deepEqual(span.duration, [0, 2_500_000])
  const { traceId: seen, spanId, traceFlags } = span.spanContext()
  assert.deepEqual([seen, spanId, traceFlags], [traceId, spanIdOf(traceId, 'inventory ledger'), 1])
  assert.equal(span.parentSpanContext?.spanId, spanIdOf(traceId, 'order place'))
  assert.equal(traceparentOf(traceId, 'order place'), `00-${traceId}-${spanIdOf(traceId, 'order place')}-01`)
  keepSpan('gateway request', traceId, took(1))
  assert.equal(spans[1]?.parentSpanContext, undefined)
})

test('of a batch the kept ones get a span each, and the batch one with links to them', async () => {
  const spans = keepHere()
  const [one, two, other] = [newTraceId(true), newTraceId(true), newTraceId()]
  const run = traced(
    'inventory gate',
    { ...itself, attributesOf: (_id, told) => ({ told: told ?? '' }) },
    work,
  )
  assert.deepEqual(await run([one, other, two]), [`${one} done`, `${other} done`, `${two} done`])
  const [first, second, batch] = spans
  assert.equal(spans.length, 3)
  assert.deepEqual([first?.attributes['told'], second?.attributes['told']], [`${one} done`, `${two} done`])
  assert.equal(batch?.name, 'inventory gate batch')
  assert.equal(batch?.attributes['stampede.batch.size'], 3)
  assert.deepEqual(
    batch?.links.map(({ context }) => [context.traceId, context.spanId]),
    [one, two].map((id) => [id, spanIdOf(id, 'inventory gate')]),
  )
  assert.notEqual(batch?.spanContext().traceId, one)
})

test('a batch with nothing to keep leaves nothing', async () => {
  const spans = keepHere()
  await traced('inventory gate', itself, work)([newTraceId(), newTraceId()])
  await tracedOne('payment charge', { traceId: newTraceId() }, async () => 1)
  assert.equal(spans.length, 0)
})

test('work that fails fails as ever, and its spans tell the kind of error but no more', async () => {
  const spans = keepHere()
  const error = Object.assign(new Error('secret row'), { code: '23514' })
  const run = traced('inventory ledger', itself, () => Promise.reject(error))
  await assert.rejects(run([newTraceId(true)]), error)
  await assert.rejects(
    tracedOne('payment charge', { traceId: newTraceId(true) }, () => Promise.reject(new TypeError('secret'))),
  )
  const statuses = spans.filter(({ name }) => !name.endsWith('batch')).map(({ status }) => status)
  assert.deepEqual(statuses, [
    { code: SpanStatusCode.ERROR, message: '23514' },
    { code: SpanStatusCode.ERROR, message: 'TypeError' },
  ])
})

test('a failure that is a result marks only the spans of those it happened to', async () => {
  const spans = keepHere()
  const [well, ill] = [newTraceId(true), newTraceId(true)]
  const failedOf = (told: string) => (told.startsWith(ill) ? 'gate_closed' : undefined)
  await traced('inventory gate', { ...itself, failedOf }, work)([well, ill])
  assert.deepEqual(
    spans.map(({ name, attributes }) => [name, attributes['error.type']]),
    [
      ['inventory gate', undefined],
      ['inventory gate', 'gate_closed'],
      ['inventory gate batch', 'gate_closed'],
    ],
  )
  assert.deepEqual(spans[1]?.status, { code: SpanStatusCode.ERROR, message: 'gate_closed' })
  await tracedOne('payment charge', { traceId: ill, failedOf }, async () => ill)
  assert.equal(spans[3]?.attributes['error.type'], 'gate_closed')
})

test('of those that were not chosen the one that failed is kept, with what is known of it', async () => {
  const spans = keepHere()
  const [well, ill] = [newTraceId(), newTraceId()]
  const described = {
    ...itself,
    attributesOf: (id: string) => ({ id }),
    failedOf: (told: string) => (told.startsWith(ill) ? 'gate_closed' : undefined),
  }
  await traced('inventory gate', described, work)([well, ill])
  const [span, ...more] = spans
  assert.deepEqual([span?.spanContext().traceId, span?.attributes['id'], more], [ill, ill, []])
  // Looked back at, each went as it went, and what was kept is not kept again with less.
  keepSpan('order place', well, { ...took(1), failed: 'late' })
  keepSpan('order place', ill, { ...took(1), failed: 'late' })
  assert.deepEqual(
    spans.filter(({ name }) => name === 'inventory gate').map(({ attributes }) => attributes['error.type']),
    ['gate_closed', undefined],
  )
})

test('what was done stays done, though telling of it fails', async () => {
  const take = () => {
    throw new Error('no place for spans')
  }
  keepHere({ take })
  const kept = newTraceId(true)
  assert.deepEqual(await traced('inventory gate', itself, work)([kept]), [`${kept} done`])
  assert.equal(await tracedOne('payment charge', { traceId: kept }, async () => 1), 1)
  const error = new Error('the work')
  await assert.rejects(traced('inventory gate', itself, () => Promise.reject(error))([kept]), error)
})

test('a span tells what all of its hop have in common, in the words of the conventions', () => {
  const spans = keepHere()
  keepSpan('inventory gate', newTraceId(true), { ...took(1), attributes: { own: 1 } })
  assert.deepEqual(spans[0]?.attributes, { 'db.system.name': 'redis', own: 1 })
})

test('what was not chosen is kept when it fails or is slow, with what went before it in this process', async () => {
  const spans = keepHere()
  const [traceId, other] = [newTraceId(), newTraceId()]
  await traced('gateway send', itself, work)([other, traceId])
  assert.equal(spans.length, 0)
  keepSpan('gateway request', traceId, took(SLOW_MS + 1))
  assert.deepEqual(
    spans.map(({ name, attributes }) => [name, attributes['stampede.kept_for']]),
    [
      ['gateway request', 'slow'],
      ['gateway send', undefined],
    ],
  )
  keepSpan('gateway request', other, { ...took(1), failed: 'unavailable' })
  assert.deepEqual(
    spans.slice(2).map(({ name, attributes }) => [name, attributes['stampede.kept_for']]),
    [
      ['gateway request', 'error'],
      ['gateway send', undefined],
    ],
  )
})

test('when everything fails, only some of it is kept', async () => {
  const spans = keepHere({ tailPerSecondMax: 3 })
  for (let i = 0; i < 1_000; i++) keepSpan('gateway request', newTraceId(), { ...took(1), failed: 'late' })
  assert.ok(spans.length >= 3 && spans.length <= 10, `${spans.length} spans`)
  const run = traced('order place', itself, () => Promise.reject(new Error('away')))
  await run([newTraceId(), newTraceId()]).catch(() => undefined)
  assert.ok(spans.length <= 10, `${spans.length} spans`)
})

test('without a keeper the work is only done', async () => {
  const [id] = [newTraceId(true)]
  assert.deepEqual(await traced('inventory gate', itself, work)([id]), [`${id} done`])
  assert.equal(matters(id, 60_000, true), false)
})
