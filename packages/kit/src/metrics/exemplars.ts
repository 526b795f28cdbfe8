import type { ISerializer } from '@opentelemetry/otlp-transformer'
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { SpreadPoint } from './collect.ts'
import type { Exemplar } from './instruments.ts'

/** The part of a request that is looked at here; its lists are in the order of what was collected. */
interface Encoded {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly EncodedMetric[] }[]
  }[]
}

interface EncodedMetric {
  readonly histogram?: { readonly dataPoints: { exemplars?: object[] }[] }
}

type Serializer =
  typeof JsonMetricsSerializer extends ISerializer<ResourceMetrics, infer R>
    ? ISerializer<ResourceMetrics, R>
    : never

/** The SDK's own encoding, and the examples that it leaves out: each leads from a bucket to a kept trace. */
export const withExemplars: Serializer = {
  ...JsonMetricsSerializer,
  serializeRequest(collected) {
    const bytes = JsonMetricsSerializer.serializeRequest(collected)
    const metrics = collected.scopeMetrics.flatMap((scope) => scope.metrics)
    if (!metrics.some(hasExemplars)) return bytes
    const request = JSON.parse(new TextDecoder().decode(bytes)) as Encoded
    const encoded = request.resourceMetrics.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap((scope) => scope.metrics),
    )
    for (const [i, { histogram }] of encoded.entries()) {
      const points = metrics[i]?.dataPoints as readonly Partial<SpreadPoint>[]
      for (const [j, point] of (histogram?.dataPoints ?? []).entries()) {
        point.exemplars = points[j]?.exemplars?.map(toOtlp) ?? []
      }
    }
    return new TextEncoder().encode(JSON.stringify(request))
  },
}

function hasExemplars({ dataPoints }: MetricData): boolean {
  return (dataPoints as Partial<SpreadPoint>[]).some(
    ({ exemplars }) => exemplars !== undefined && exemplars.length > 0,
  )
}

function toOtlp({ traceId, spanId, value, atMs }: Exemplar) {
  return { traceId, spanId, asDouble: value, timeUnixNano: `${atMs}000000` }
}
