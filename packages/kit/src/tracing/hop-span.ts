import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { ATTRIBUTES, HOPS, type Hop, type HopKind } from '@stampede/contracts/telemetry'
import type { Round } from './recent.ts'
import { spanIdOf } from './span-id.ts'
import { newTraceId } from './trace-id.ts'

/** What is known of a hop when it has ended. */
export interface Passage {
  /** Milliseconds since 1970, with fractions; see `wallMs`. */
  readonly startMs: number
  readonly endMs: number
  /** Instead of the hop's own name. */
  readonly name?: string
  readonly attributes?: Attributes | undefined
  readonly links?: Link[] | undefined
  /** What went wrong, in a word or two; never the values of a row. */
  readonly failed?: string | undefined
}

const KINDS: Record<HopKind, SpanKind> = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
}
const SCOPE = { name: 'stampede' }
const SAMPLED = 1

/** Which span it is, and whose. */
export interface Place {
  readonly hop: Hop
  readonly traceId: string
  readonly resource: Resource
}

/** The span of a hop: its id and its parent's follow from the trace and the table of hops. */
export function hopSpan({ hop, traceId, resource }: Place, passage: Passage): ReadableSpan {
  const { kind, after } = HOPS[hop] as { kind: HopKind; after?: Hop }
  const own = { traceId, spanId: spanIdOf(traceId, hop), traceFlags: SAMPLED }
  const parent = after && { ...own, spanId: spanIdOf(traceId, after), isRemote: true }
  return finished({ name: hop, ...passage, kind: KINDS[kind], own, parent, resource })
}

/**
 * The span of a round: a trace of its own, with links to those it was for. Its id is not derived, for nobody
 * follows it.
 */
export function roundSpan(round: Round, links: Link[], resource: Resource): ReadableSpan {
  const traceId = newTraceId(true)
  const { hop, traceIds, startMs, endMs, failed } = round
  const attributes = { [ATTRIBUTES.batchSize]: traceIds.length }
  const { kind } = HOPS[hop] as { kind: HopKind }
  return finished({
    ...{ name: `${hop} batch`, kind: KINDS[kind], startMs, endMs, attributes, links, failed, resource },
    own: { traceId, spanId: traceId.slice(16), traceFlags: SAMPLED },
  })
}

interface Finished extends Passage {
  readonly name: string
  readonly kind: SpanKind
  readonly own: SpanContext
  readonly parent?: SpanContext | undefined
  readonly resource: Resource
}

/**
 * A finished span as exporters take it. The SDK's own spans are made to be changed while they last, and cost
 * several times as much; these are made when all is known.
 */
function finished({ own, parent, startMs, endMs, failed, ...span }: Finished): ReadableSpan {
  return {
    name: span.name,
    kind: span.kind,
    attributes: span.attributes ?? {},
    links: span.links ?? [],
    resource: span.resource,
    spanContext: () => own,
    ...(parent && { parentSpanContext: parent }),
    startTime: toHrTime(startMs),
    endTime: toHrTime(endMs),
    duration: toHrTime(Math.max(0, endMs - startMs)),
    status:
      failed === undefined ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failed },
    events: [],
    ended: true,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.trunc((ms - seconds * 1_000) * 1e6)]
}
