import { METRICS, type MetricName, type MetricRow } from '@stampede/contracts/metrics'

/** Of the units we use; the translator has more. What is counted, in braces, leaves no trace in a name. */
const UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': '' }

/**
 * What a metric is called in Prometheus, when a collector or Prometheus' own OTLP receiver translates it by
 * the default rules (`UnderscoreEscapingWithSuffixes`): words joined by `_`, then the unit, then `ratio` for
 * a gauge of unit 1, `total` for a counter.
 */
export function prometheusName(name: string, { unit, instrument }: Pick<MetricRow, 'unit' | 'instrument'>) {
  const words = name.split(/[^a-zA-Z0-9:]+/).filter(Boolean)
  const unitWord = unit.startsWith('{') ? '' : UNITS[unit]
  if (unitWord === undefined) throw new Error(`${name}: no word for the unit ${unit}`)
  if (unitWord && !words.includes(unitWord)) words.push(unitWord)
  if (instrument === 'counter') return endWith(words, 'total')
  return instrument === 'gauge' && unit === '1' ? endWith(words, 'ratio') : words.join('_')
}

/** The same of an attribute. */
export function labelName(attribute: string): string {
  return attribute.replaceAll(/[^a-zA-Z0-9_]/g, '_')
}

/** Every name in Prometheus, and the metric it is of: a histogram has three. */
export function allPrometheusNames(): Map<string, MetricName> {
  return new Map(
    (Object.entries(METRICS) as [MetricName, MetricRow][]).flatMap(([name, row]) => {
      const base = prometheusName(name, row)
      const names =
        row.instrument === 'histogram' ? [`${base}_bucket`, `${base}_count`, `${base}_sum`] : [base]
      return names.map((each) => [each, name] as const)
    }),
  )
}

function endWith(words: readonly string[], last: string): string {
  return [...words.filter((word) => word !== last), last].join('_')
}
