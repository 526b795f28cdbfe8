import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted } from './collect.ts'
import { withExemplars } from './exemplars.ts'
import { counter, histogram } from './instruments.ts'

interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
  readonly bucketCounts: readonly number[]
  readonly count: number
  readonly sum: number
  readonly exemplars?: readonly Record<string, unknown>[]
}

interface Metric {
  readonly name: string
  readonly unit: string
  readonly sum?: {
    readonly isMonotonic: boolean
    readonly dataPoints: readonly { readonly asDouble: number }[]
  }
  readonly histogram?: { readonly aggregationTemporality: number; readonly dataPoints: readonly Point[] }
}

/** What a collector would be sent now. */
async function send(): Promise<Map<string, Metric>> {
  const { resourceMetrics } = await counted.collect()
  const bytes = withExemplars.serializeRequest(resourceMetrics) as Uint8Array
  const sent = JSON.parse(new TextDecoder().decode(bytes)) as {
    resourceMetrics: [{ scopeMetrics: [{ metrics: Metric[] }] }]
  }
  return new Map(sent.resourceMetrics[0].scopeMetrics[0].metrics.map((metric) => [metric.name, metric]))
}

function firstPoint(sent: Map<string, Metric>, name: string): Point {
  const point = sent.get(name)?.histogram?.dataPoints[0]
  assert.ok(point)
  return point
}

const CUMULATIVE = 2

test('a histogram goes out with its buckets, and with the last example of each that leads to a trace', async () => {
  counter('stampede.purchase.attempts').at('won').add(4)
  histogram('stampede.hop.batch.size').at('order rows').record(3)
  const rows = histogram('stampede.hop.duration').at('order rows', undefined)
  const [slow, older, newer] = ['a', 'b', 'c'].map((x) => ({ traceId: x.repeat(32), spanId: x.repeat(16) }))
  rows.record(0.3, slow)
  rows.record(0.002, older)
  rows.record(0.0021, newer)
  rows.record(7)
  const sent = await send()
  const attempts = sent.get('stampede.purchase.attempts')?.sum
  assert.deepEqual([attempts?.isMonotonic, attempts?.dataPoints[0]?.asDouble], [true, 4])
  const { unit, histogram: spread } = sent.get('stampede.hop.duration') as Metric
  const point = firstPoint(sent, 'stampede.hop.duration')
  assert.deepEqual([unit, spread?.aggregationTemporality], ['s', CUMULATIVE])
  assert.deepEqual([point.count, point.sum], [4, 7.3041])
  assert.deepEqual(point.bucketCounts, [0, 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0])
  assert.deepEqual(point.attributes, [{ key: 'stampede.hop', value: { stringValue: 'order rows' } }])
  const examples = point.exemplars?.map(({ traceId, spanId, asDouble }) => [traceId, spanId, asDouble])
  assert.deepEqual(examples, [
    [newer?.traceId, newer?.spanId, 0.0021],
    [slow?.traceId, slow?.spanId, 0.3],
  ])
  for (const { timeUnixNano } of point.exemplars ?? []) assert.match(String(timeUnixNano), /^\d{19}$/)
  assert.deepEqual(firstPoint(sent, 'stampede.hop.batch.size').exemplars, [])
})
