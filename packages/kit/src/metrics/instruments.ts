import { METRICS, type MetricName, type MetricOf, type MetricRow } from '@stampede/contracts/metrics'
import { type Attributes, type AttributeValue, Lines, named } from './lines.ts'

/** Whose value a record is an example of. */
export interface Example {
  readonly traceId: string
  readonly spanId: string
}

/** An example and its value. `atMs` is since 1970. */
export interface Exemplar extends Example {
  readonly value: number
  readonly atMs: number
}

/** One line of a counter. */
export class Tally {
  value = 0

  add(count = 1): void {
    this.value += count
  }
}

/** One line of a histogram. */
export class Distribution {
  readonly bounds: readonly number[]
  /** How many were at most as large as the bound at the same place; in the end the larger ones. */
  readonly counts: number[]
  sum = 0
  /** The last example in each bucket: so the few that are slow have one, too. */
  readonly exemplars: (Exemplar | undefined)[] = []

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Array(bounds.length + 1).fill(0)
  }

  record(value: number, example?: Example | undefined): void {
    const { bounds, counts } = this
    let i = 0
    while (i < bounds.length && value > (bounds[i] as number)) i++
    counts[i] = (counts[i] as number) + 1
    this.sum += value
    if (example) this.exemplars[i] = { ...example, value, atMs: Date.now() }
  }
}

/** A value, and those of the metric's attributes in the order of the table. */
export type Reading = readonly [value: number, ...attributes: AttributeValue[]]
type Read = () => readonly Reading[]

const counters = new Map<MetricName, Lines<Tally>>()
const histograms = new Map<MetricName, Lines<Distribution>>()
const observed = new Map<MetricName, Set<Read>>()

/**
 * Counts into plain numbers, whether anybody collects them or not: 0.02 µs for a value whose line is at hand,
 * against 0.9 µs for `record` of the SDK's histogram, of the 20 µs that a refusal may take (2 cores,
 * 2026-11-22). Who counts often keeps the line that `at` gives.
 */
export function counter(name: MetricOf<'counter'>): Lines<Tally> {
  return linesOf(counters, name, () => new Tally())
}

/** The same for values that are spread, in the unit of the table. */
export function histogram(name: MetricOf<'histogram'>): Lines<Distribution> {
  return linesOf(histograms, name, () => new Distribution(METRICS[name].bounds))
}

/** Asks for values when they are collected; `read` must be quick. Returns what ends it. */
export function observe(name: MetricOf<'counter' | 'updowncounter' | 'gauge'>, read: Read): () => void {
  const reads = observed.get(name) ?? new Set()
  observed.set(name, reads.add(read))
  return () => reads.delete(read)
}

/** All lines of a metric, as they are now. */
export interface Snapshot {
  readonly name: MetricName
  readonly row: MetricRow
  readonly lines: readonly Line[]
}

export interface Line {
  readonly attributes: Attributes
  readonly value: number | Distribution
}

/** Every metric that has a line. */
export function snapshot(): Snapshot[] {
  return (Object.entries(METRICS) as [MetricName, MetricRow][]).flatMap(([name, row]) => {
    const lines = [...countedLines(name), ...observedLines(name, row)]
    return lines.length > 0 ? [{ name, row, lines }] : []
  })
}

function linesOf<L>(all: Map<MetricName, Lines<L>>, name: MetricName, make: () => L): Lines<L> {
  const { attributes = [] } = METRICS[name] as MetricRow
  const lines = all.get(name) ?? new Lines({ attributes, make })
  all.set(name, lines)
  return lines
}

function countedLines(name: MetricName): Line[] {
  const tallies = counters.get(name)?.all() ?? []
  const spread = histograms.get(name)?.all() ?? []
  return [
    ...tallies.map(({ attributes, line }) => ({ attributes, value: line.value })),
    ...spread.map(({ attributes, line }) => ({ attributes, value: line })),
  ]
}

function observedLines(name: MetricName, { attributes = [] }: MetricRow): Line[] {
  const readings = [...(observed.get(name) ?? [])].flatMap((read) => read())
  return readings.map(([value, ...values]) => ({ attributes: named(attributes, values), value }))
}
