import { type OtlpAttribute, type OtlpSink, openOtlpSink, toRecord } from '@stampede/kit/testing/otlp-sink'

/** A span as it came, in the words of the test. Times in milliseconds since 1970. */
export interface SeenSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly failed: boolean
}

export interface SpanCollector extends OtlpSink {
  readonly spans: readonly SeenSpan[]
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
  }[]
}

interface SentSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
}

const ERROR = 2

/** Takes spans and keeps them. */
export async function openSpanCollector(): Promise<SpanCollector> {
  const spans: SeenSpan[] = []
  const sink = await openOtlpSink<Sent>('traces', (sent) => spans.push(...read(sent)))
  return { ...sink, spans }
}

function read({ resourceSpans }: Sent): SeenSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(toRecord(resource.attributes)['service.name'])
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => toSeen(service, span)))
  })
}

function toSeen(service: string, span: SentSpan): SeenSpan {
  const { name, traceId, spanId, parentSpanId, attributes, links = [], status } = span
  return {
    ...{ service, name, traceId, spanId, links },
    parentSpanId: parentSpanId || undefined,
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
    attributes: toRecord(attributes),
    failed: status.code === ERROR,
  }
}
