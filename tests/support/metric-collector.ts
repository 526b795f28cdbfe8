import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

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

export interface MetricCollector {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string
  /** What each process last told of a metric. */
  of(name: string): readonly SeenPoint[]
  /** Every name that ever came. */
  readonly names: ReadonlySet<string>
  close(): void
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface SentPoint {
  readonly attributes: readonly Attribute[]
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
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly SentMetric[] }[]
  }[]
}

/** Takes metrics by OTLP over HTTP and keeps the last of each process, on a free port of 127.0.0.1. */
export async function openMetricCollector(): Promise<MetricCollector> {
  /** By process and name. */
  const last = new Map<string, { name: string; points: SeenPoint[] }>()
  const names = new Set<string>()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.url === '/v1/metrics') {
      for (const [process, name, points] of read(JSON.parse(body) as Sent)) {
        names.add(name)
        last.set(`${process} ${name}`, { name, points })
      }
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    names,
    of: (wanted) => [...last.values()].flatMap(({ name, points }) => (name === wanted ? points : [])),
    close() {
      server.close()
      server.closeAllConnections()
    },
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

function toRecord(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
