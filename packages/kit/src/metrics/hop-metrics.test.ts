import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { keepSpansHere } from '../../testing/kept-spans.ts'
import { spanIdOf } from '../tracing/span-id.ts'
import { keepWith, traced, tracedOne } from '../tracing/spans.ts'
import { newTraceId } from '../tracing/trace-id.ts'
import { Distribution, snapshot } from './instruments.ts'

beforeEach(() => void keepSpansHere())
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

test('a hop that failed is counted by the name of its error, never by its message, and nothing went through', async () => {
  const error = Object.assign(new Error('for buyer 7'), { code: 'ECONNRESET' })
  const work = () => Promise.reject(error)
  await assert.rejects(traced('inventory gate', items, work)([newTraceId(), newTraceId()]))
  await assert.rejects(tracedOne('payment charge', { traceId: newTraceId() }, work))
  const failed = [{ failed: 'ECONNRESET', count: 1, examples: [] }]
  assert.deepEqual(counted('inventory gate'), { batches: failed, items: 0 })
  assert.deepEqual(counted('payment charge'), { batches: failed, items: 0 })
})

test('of a hop that failed for some, the others went through', async () => {
  const [one, other] = [newTraceId(), newTraceId()]
  const failedOf = (id: string) => (id === one ? 'overloaded' : undefined)
  await traced('order place', { ...items, failedOf }, async (ids: readonly string[]) => ids)([one, other])
  const failed = [{ failed: 'overloaded', count: 1, examples: [] }]
  assert.deepEqual(counted('order place'), { batches: failed, items: 1 })
})

test('only what a hop did for the first time went through it', async () => {
  const sizeOf = (isNew: readonly boolean[]) => isNew.filter(Boolean).length
  const work = async () => [true, false, true]
  await traced('inventory ledger', { ...items, sizeOf }, work)([newTraceId(), newTraceId(), newTraceId()])
  assert.equal(counted('inventory ledger').items, 2)
})

test('a hop without a trace is counted', async () => {
  await tracedOne('payment refund', { traceId: undefined }, async () => 'poll')
  const batches = [{ failed: undefined, count: 1, examples: [] }]
  assert.deepEqual(counted('payment refund'), { batches, items: 1 })
})
