import { type OtlpAttribute, type OtlpSink, openOtlpSink, toRecord } from '@stampede/kit/testing/otlp-sink'

/** A point as it came last, in the words of the test. */
export interface SeenPoint {
  readonly service: string
  /** Which process of the service. */
  readonly instance: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Of a histogram: how many there were. */
  readonly value: number
  readonly sum: number | undefined
  readonly exemplars: readonly { readonly traceId: string; readonly spanId: string }[]
}

export interface MetricCollector extends OtlpSink {
  /** What each process last told of a metric. */
  of(name: string): readonly SeenPoint[]
  /** Every name that ever came. */
  readonly names: ReadonlySet<string>
}

interface SentPoint {
  readonly attributes: readonly OtlpAttribute[]
  readonly asDouble?: number
  readonly count?: number
  readonly sum?: number
  readonly exemplars?: SeenPoint['exemplars']
}

interface SentMetric {
  readonly name: string
  readonly sum?: { readonly dataPoints: readonly SentPoint[] }
  readonly gauge?: { readonly dataPoints: readonly SentPoint[] }
  readonly histogram?: { readonly dataPoints: readonly SentPoint[] }
}

interface Sent {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly SentMetric[] }[]
  }[]
}

/** Takes metrics and keeps the last of each process. */
export async function openMetricCollector(): Promise<MetricCollector> {
  /** By process and name. */
  const last = new Map<string, { name: string; points: SeenPoint[] }>()
  const names = new Set<string>()
  const sink = await openOtlpSink<Sent>('metrics', (sent) => {
    for (const [process, name, points] of read(sent)) {
      names.add(name)
      last.set(`${process} ${name}`, { name, points })
    }
  })
  return {
    ...sink,
    names,
    of: (wanted) => [...last.values()].flatMap(({ name, points }) => (name === wanted ? points : [])),
  }
}

function read({ resourceMetrics }: Sent): [process: string, name: string, points: SeenPoint[]][] {
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const about = toRecord(resource.attributes)
    const [service, instance] = [String(about['service.name']), String(about['service.instance.id'])]
    return scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .map(({ name, sum, gauge, histogram }) => {
        const { dataPoints } = sum ?? gauge ?? histogram ?? { dataPoints: [] }
        const points = dataPoints.map((point) => ({ service, instance, ...toSeen(point) }))
        return [`${service} ${instance}`, name, points] as [string, string, SeenPoint[]]
      })
  })
}

function toSeen({ attributes, asDouble, count, sum, exemplars = [] }: SentPoint) {
  return { attributes: toRecord(attributes), value: asDouble ?? count ?? 0, sum, exemplars }
}
