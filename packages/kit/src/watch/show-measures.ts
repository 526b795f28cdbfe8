import { METRICS, type MetricOf, type MetricRow } from '@stampede/contracts/metrics'
import { observe } from '../metrics/instruments.ts'
import type { Alarms } from './alarms.ts'

type Observed = MetricOf<'gauge' | 'counter'>

/** Shows measures as the table's metrics, and which of them are alarms. Returns what ends it. */
export function showMeasures(alarms: Pick<Alarms, 'alarms' | 'valueOf'>): () => void {
  const shown = (Object.entries(METRICS) as [Observed, MetricRow][]).flatMap(([name, { measure }]) => {
    if (measure === undefined) return []
    const perSecond = measure.endsWith('Ms') ? 1_000 : 1
    return [
      observe(name, () => {
        const value = alarms.valueOf(measure)
        return value === undefined ? [] : [[value / perSecond]]
      }),
    ]
  })
  shown.push(observe('stampede.watch.alarm', () => alarms.alarms.map(({ name }) => [1, name] as const)))
  return () => {
    for (const end of shown) end()
  }
}
