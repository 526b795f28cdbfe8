import { type HrTime, ValueType } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics'
import type { Instrument } from '@stampede/contracts/metrics'
import { toHrTime } from '../hr-time.ts'
import { Distribution, type Exemplar, type Line, type Snapshot, snapshot } from './instruments.ts'

/** A point of a histogram as we hand it over. The SDK's own have no place for examples. */
export interface SpreadPoint extends DataPoint<Histogram> {
  readonly exemplars: readonly Exemplar[]
}

const START = toHrTime(performance.timeOrigin)
const SCOPE = { name: 'stampede' }

/** What has been counted, in the words of the SDK. */
export const counted: MetricProducer = {
  async collect() {
    const metrics = snapshot().map((each) => toMetricData(each, toHrTime(Date.now())))
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope: SCOPE, metrics }] },
      errors: [],
    }
  },
}

function toMetricData({ name, row, lines }: Snapshot, now: HrTime): MetricData {
  const { unit, instrument, tells: description } = row
  const descriptor = { name, description, unit, valueType: ValueType.DOUBLE }
  const common = { descriptor, aggregationTemporality: AggregationTemporality.CUMULATIVE }
  const dataPoints = lines.map((line) => ({ ...toValue(line), startTime: START, endTime: now }))
  return { ...common, ...KINDS[instrument], dataPoints } as MetricData
}

const KINDS = {
  counter: { dataPointType: DataPointType.SUM, isMonotonic: true },
  updowncounter: { dataPointType: DataPointType.SUM, isMonotonic: false },
  gauge: { dataPointType: DataPointType.GAUGE },
  histogram: { dataPointType: DataPointType.HISTOGRAM },
} as const satisfies Record<Instrument, object>

function toValue({ attributes, value }: Line) {
  if (!(value instanceof Distribution)) return { attributes, value }
  const { bounds, counts, sum } = value
  const exemplars = value.exemplars.filter((each) => each !== undefined)
  const buckets = { boundaries: [...bounds], counts: [...counts] }
  return { attributes, value: { buckets, sum, count: counts.reduce((a, b) => a + b, 0) }, exemplars }
}
