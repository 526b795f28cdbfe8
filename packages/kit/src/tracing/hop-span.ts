import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
} from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace'
import { attributesOfHop } from '@stampede/contracts/hop-attributes'
import { ATTRIBUTES, HOPS, type Hop, type HopKind } from '@stampede/contracts/telemetry'
import { toHrTime } from '../hr-time.ts'
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
export function hopSpan(place: Place, passage: Passage): ReadableSpan {
  const { kind } = HOPS[place.hop] as { kind: HopKind }
  return new FinishedSpan(place, passage, { name: passage.name ?? place.hop, kind: KINDS[kind] })
}

/**
 * The span of a round: a trace of its own, with links to those it was for. Its id is not derived, for nobody
 * follows it.
 */
export function roundSpan(round: Round, links: Link[], resource: Resource): ReadableSpan {
  const traceId = newTraceId(true)
  const { hop, traceIds, startMs, endMs, failed } = round
  const { kind } = HOPS[hop] as { kind: HopKind }
  const attributes = { [ATTRIBUTES.batchSize]: traceIds.length }
  const passage = { startMs, endMs, attributes, links, failed }
  const rest = { name: `${hop} batch`, kind: KINDS[kind], spanId: traceId.slice(16) }
  return new FinishedSpan({ hop, traceId, resource }, passage, rest)
}

interface Rest {
  readonly name: string
  readonly kind: SpanKind
  /** Of a span that is nobody's child; default: what the hop says. */
  readonly spanId?: string
}

/**
 * A finished span as exporters take it. The SDK's own spans are made to be changed while they last, and cost
 * several times as much; these are made when all is known, and what an exporter can work out waits until one
 * asks: thousands of them lie in a queue, and a collector may be away.
 */
class FinishedSpan implements ReadableSpan {
  readonly #hop: Hop
  readonly #traceId: string
  readonly #ownId: string | undefined
  readonly #passage: Passage
  readonly resource: Resource
  readonly name: string
  readonly kind: SpanKind
  readonly parentSpanContext?: SpanContext
  readonly ended = true
  readonly instrumentationScope = SCOPE
  readonly droppedAttributesCount = 0
  readonly droppedEventsCount = 0
  readonly droppedLinksCount = 0

  constructor({ hop, traceId, resource }: Place, passage: Passage, { name, kind, spanId }: Rest) {
    this.#hop = hop
    this.#traceId = traceId
    this.#ownId = spanId
    this.#passage = passage
    this.resource = resource
    this.name = name
    this.kind = kind
    const { after } = HOPS[hop] as { after?: Hop }
    if (after && !spanId) this.parentSpanContext = parentOf(traceId, after)
  }

  spanContext(): SpanContext {
    const spanId = this.#ownId ?? spanIdOf(this.#traceId, this.#hop)
    return { traceId: this.#traceId, spanId, traceFlags: SAMPLED }
  }

  get attributes(): Attributes {
    const { attributes, failed } = this.#passage
    return {
      ...attributesOfHop(this.#hop),
      ...attributes,
      ...(failed !== undefined && { 'error.type': failed }),
    }
  }

  get links(): Link[] {
    return this.#passage.links ?? []
  }

  get events(): TimedEvent[] {
    return []
  }

  get startTime(): HrTime {
    return toHrTime(this.#passage.startMs)
  }

  get endTime(): HrTime {
    return toHrTime(this.#passage.endMs)
  }

  get duration(): HrTime {
    return toHrTime(Math.max(0, this.#passage.endMs - this.#passage.startMs))
  }

  get status(): SpanStatus {
    const { failed } = this.#passage
    return failed === undefined
      ? { code: SpanStatusCode.UNSET }
      : { code: SpanStatusCode.ERROR, message: failed }
  }
}

function parentOf(traceId: string, after: Hop): SpanContext {
  return { traceId, spanId: spanIdOf(traceId, after), traceFlags: SAMPLED, isRemote: true }
}
