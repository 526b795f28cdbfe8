import { METRICS, type MetricName, type MetricOf } from '@stampede/contracts/metrics'
import { labelName, prometheusName } from './prometheus-names.ts'

/** Values of attributes; a regular expression must fit the whole value. */
export type Labels = Readonly<Record<string, string | RegExp>>

export interface Choice {
  readonly labels?: Labels
  /** Attributes by which lines are kept apart. */
  readonly by?: readonly string[]
  /** The time that is looked at; on a dashboard what fits its zoom. */
  readonly over?: string
}

const BY_ZOOM = '$__rate_interval'

/** Prometheus' name for the service that told it. */
export const JOB = 'job'

/** `stampede/gateway`: how the namespace and the name of a service arrive. */
export function jobOf(service: string): string {
  return `stampede/${service}`
}

/** The lines of a metric as they are. */
export function lines(name: MetricName, { labels = {} }: Choice = {}): string {
  return select(prometheusName(name, METRICS[name]), labels)
}

/** The largest of what several processes say of the same books. */
export function greatest(name: MetricName, choice: Choice = {}): string {
  return aggregate('max', choice, lines(name, choice))
}

/** What several processes say, added up. */
export function total(name: MetricName, choice: Choice = {}): string {
  return aggregate('sum', choice, lines(name, choice))
}

/** How many different ones there are by these attributes, however many processes tell of the same. */
export function variety(name: MetricName, by: readonly string[]): string {
  return `count(${greatest(name, { by })})`
}

/** How much a counter grows in a second. */
export function growth(name: MetricOf<'counter'>, choice: Choice = {}): string {
  return aggregate('sum', choice, rate(lines(name, choice), choice))
}

/** How many values of a histogram come in a second. */
export function frequency(name: MetricOf<'histogram'>, choice: Choice = {}): string {
  return aggregate('sum', choice, rate(part(name, 'count', choice), choice))
}

/** By how much the sum of all values grows in a second. */
export function volume(name: MetricOf<'histogram'>, choice: Choice = {}): string {
  return aggregate('sum', choice, rate(part(name, 'sum', choice), choice))
}

/** The value below which this share (0..1) of all lies. */
export function quantile(share: number, name: MetricOf<'histogram'>, choice: Choice = {}): string {
  const buckets = rate(part(name, 'bucket', choice), choice)
  return `histogram_quantile(${share}, ${aggregate('sum', { by: ['le', ...(choice.by ?? [])] }, buckets)})`
}

function part(name: MetricOf<'histogram'>, suffix: string, { labels = {} }: Choice): string {
  return select(`${prometheusName(name, METRICS[name])}_${suffix}`, labels)
}

function select(name: string, labels: Labels): string {
  const matchers = Object.entries(labels).map(([attribute, value]) =>
    typeof value === 'string'
      ? `${labelName(attribute)}=${JSON.stringify(value)}`
      : `${labelName(attribute)}=~${JSON.stringify(value.source)}`,
  )
  return matchers.length > 0 ? `${name}{${matchers.join(', ')}}` : name
}

function rate(selected: string, { over = BY_ZOOM }: Choice): string {
  return `rate(${selected}[${over}])`
}

function aggregate(how: 'sum' | 'max', { by = [] }: Choice, of: string): string {
  return by.length > 0 ? `${how} by (${by.map(labelName).join(', ')}) (${of})` : `${how}(${of})`
}
