import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { spanIdOf, traceparentOf } from './span-id.ts'
import {
  Keeper,
  type KeeperOptions,
  keepSpan,
  keepWith,
  matters,
  traced,
  tracedOne,
  wallMs,
} from './spans.ts'
import { newTraceId } from './trace-id.ts'

afterEach(() => keepWith(undefined))

const SLOW_MS = 100

/** Keeps spans for a test to look at. */
function keepHere(own: Partial<KeeperOptions> = {}): ReadableSpan[] {
  const spans: ReadableSpan[] = []
  const resource = resourceFromAttributes({ 'service.name': 'test' })
  const take = (span: ReadableSpan) => void spans.push(span)
  keepWith(new Keeper({ resource, take, slowMs: SLOW_MS, tailPerSecondMax: 100, ...own }))
  return spans
}

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
  await tracedOne('payment charge', newTraceId(), async () => 1)
  assert.equal(spans.length, 0)
})

test('work that fails fails as ever, and its spans tell the kind of error but no more', async () => {
  const spans = keepHere()
  const error = Object.assign(new Error('secret row'), { code: '23514' })
  const run = traced('inventory ledger', itself, () => Promise.reject(error))
  await assert.rejects(run([newTraceId(true)]), error)
  await assert.rejects(
    tracedOne('payment charge', newTraceId(true), () => Promise.reject(new TypeError('secret'))),
  )
  const statuses = spans.filter(({ name }) => !name.endsWith('batch')).map(({ status }) => status)
  assert.deepEqual(statuses, [
    { code: SpanStatusCode.ERROR, message: '23514' },
    { code: SpanStatusCode.ERROR, message: 'TypeError' },
  ])
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
  assert.ok(Math.abs(wallMs() - Date.now()) < 1_000)
})
