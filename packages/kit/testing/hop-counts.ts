import type { MetricName } from '@stampede/contracts/metrics'
import type { Hop } from '@stampede/contracts/telemetry'
import { Distribution, snapshot } from '../src/metrics/instruments.ts'

/** What this process has counted of a hop: how often it was gone through, failed or not, and by how many. */
export function countsOf(hop: Hop): { readonly times: number; readonly items: number } {
  const durations = linesOf('stampede.hop.duration', hop)
  const sizes = linesOf('stampede.hop.batch.size', hop)
  return {
    times: durations.flatMap(({ counts }) => counts).reduce((a, b) => a + b, 0),
    items: sizes.reduce((total, { sum }) => total + sum, 0),
  }
}

function linesOf(metric: MetricName, hop: Hop): Distribution[] {
  const lines = snapshot().find(({ name }) => name === metric)?.lines ?? []
  return lines.flatMap(({ attributes, value }) =>
    attributes['stampede.hop'] === hop && value instanceof Distribution ? [value] : [],
  )
}
