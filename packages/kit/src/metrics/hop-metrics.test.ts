import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { spanIdOf } from '../tracing/span-id.ts'
import { Keeper, keepWith, traced, tracedOne } from '../tracing/spans.ts'
import { newTraceId } from '../tracing/trace-id.ts'
import { Distribution, snapshot } from './instruments.ts'

const resource = resourceFromAttributes({})
beforeEach(() => {
  keepWith(new Keeper({ resource, take: () => undefined, slowMs: 1_000, tailPerSecondMax: 0 }))
})
afterEach(() => keepWith(undefined))

/** What was counted of a hop: of what it failed, if it did, how many batches, and the sum of their sizes. */
function counted(hop: string) {
  const linesOf = (metric: string) => {
    const lines = snapshot().find(({ name }) => name === metric)?.lines ?? []
    return lines.flatMap(({ attributes, value }) =>
      attributes['stampede.hop'] === hop && value instanceof Distribution ? [{ attributes, value }] : [],
    )
  }
  const batches = linesOf('stampede.hop.duration').map(({ attributes, value }) => ({
    failed: attributes['error.type'],
    count: value.counts.reduce((a, b) => a + b),
    examples: value.exemplars.flatMap((each) => each?.spanId ?? []),
  }))
  return { batches, items: linesOf('stampede.hop.batch.size').reduce((sum, { value }) => sum + value.sum, 0) }
}

const items = { traceIdOf: (id: string) => id }

test('a hop of many is counted once, with how many they were and a kept one as its example', async () => {
  const work = traced('order rows', items, async (ids: readonly string[]) => ids)
  const kept = newTraceId(true)
  await work([newTraceId(), kept, newTraceId()])
  await work([newTraceId()])
  const examples = [spanIdOf(kept, 'order rows')]
  assert.deepEqual(counted('order rows'), { batches: [{ failed: undefined, count: 2, examples }], items: 4 })
})

test('a hop that failed is counted by the name of its error, never by its message', async () => {
  const error = Object.assign(new Error('for buyer 7'), { code: 'ECONNRESET' })
  const work = () => Promise.reject(error)
  await assert.rejects(traced('inventory gate', items, work)([newTraceId(), newTraceId()]))
  await assert.rejects(tracedOne('payment charge', newTraceId(), work))
  const failed = [{ failed: 'ECONNRESET', count: 1, examples: [] }]
  assert.deepEqual(counted('inventory gate'), { batches: failed, items: 2 })
  assert.deepEqual(counted('payment charge'), { batches: failed, items: 1 })
})
