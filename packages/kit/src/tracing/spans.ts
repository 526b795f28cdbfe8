import type { Attributes, Link } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { ATTRIBUTES, type Hop } from '@stampede/contracts/telemetry'
import { countHop } from '../metrics/hop-metrics.ts'
import { openBucket } from './bucket.ts'
import { hopSpan, type Passage, roundSpan } from './hop-span.ts'
import { Recent, type Round } from './recent.ts'
import { isKept } from './trace-id.ts'

export interface KeeperOptions {
  readonly resource: Resource
  readonly take: (span: ReadableSpan) => void
  /** What takes longer is kept, chosen or not. Milliseconds. */
  readonly slowMs: number
  /** Most traces kept in a second that were not chosen, but slow or failed. */
  readonly tailPerSecondMax: number
}

/** Makes spans of what is to be kept. A process has one, or none: then nothing is noted. */
export class Keeper {
  readonly #options: KeeperOptions
  readonly #bucket: ReturnType<typeof openBucket>
  readonly #recent = new Recent()

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#bucket = openBucket(options.tailPerSecondMax)
  }

  /** Whether a hop of this trace that took so long would be kept, or could be. */
  matters(traceId: string, tookMs: number, hasFailed: boolean): boolean {
    return isKept(traceId) || hasFailed || tookMs > this.#options.slowMs
  }

  /** A hop of one trace, if that is kept or should have been. */
  one(hop: Hop, traceId: string, passage: Passage): void {
    if (isKept(traceId)) this.#emit(hop, traceId, passage)
    else this.#keepLate(hop, traceId, passage)
  }

  /** A hop of many; `attributesOf` those at a place in the round. */
  many(round: Round, attributesOf: (i: number) => Attributes): void {
    const { hop, traceIds, startMs, endMs, failed } = round
    const links: Link[] = []
    for (const [i, traceId] of traceIds.entries()) {
      if (!isKept(traceId)) continue
      const span = this.#emit(hop, traceId, { startMs, endMs, failed, attributes: attributesOf(i) })
      links.push({ context: span.spanContext() })
    }
    if (links.length > 0) this.#options.take(roundSpan(round, links, this.#options.resource))
    if (links.length < traceIds.length) this.#keepSomeLate(round)
    this.#recent.note(round)
  }

  /** While all is slow nearly all would be kept: a few of a round tell as much. */
  #keepSomeLate({ hop, traceIds, startMs, endMs, failed }: Round): void {
    const other = traceIds.find((traceId) => !isKept(traceId))
    if (other !== undefined) this.#keepLate(hop, other, { startMs, endMs, failed })
  }

  #keepLate(hop: Hop, traceId: string, passage: Passage): void {
    const keptFor = this.#reason(passage)
    if (keptFor === undefined || !this.#bucket.take(performance.now())) return
    const attributes = { ...passage.attributes, [ATTRIBUTES.keptFor]: keptFor }
    this.#emit(hop, traceId, { ...passage, attributes })
    for (const { hop: earlier, ...round } of this.#recent.of(traceId)) this.#emit(earlier, traceId, round)
  }

  #reason({ failed, startMs, endMs }: Passage): 'error' | 'slow' | undefined {
    if (failed !== undefined) return 'error'
    return endMs - startMs > this.#options.slowMs ? 'slow' : undefined
  }

  #emit(hop: Hop, traceId: string, passage: Passage): ReadableSpan {
    const { resource, take } = this.#options
    const span = hopSpan({ hop, traceId, resource }, passage)
    take(span)
    return span
  }
}

let keeper: Keeper | undefined

/** From now on spans are kept by this one; by none without it. */
export function keepWith(another: Keeper | undefined): void {
  keeper = another
}

export function isTracing(): boolean {
  return keeper !== undefined
}

/** Now, in milliseconds since 1970 with fractions; never runs back in a process. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now()
}

/** Spares who would tell of a hop the words, when nobody wants to hear them. */
export function matters(traceId: string, tookMs: number, hasFailed = false): boolean {
  return keeper?.matters(traceId, tookMs, hasFailed) ?? false
}

/** Tells of a hop of many traces that has ended. */
export function keepRound(round: Round): void {
  keeper?.many(round, () => ({}))
}

/** Tells of a hop that has ended. Costs nothing to speak of unless the trace is kept, was slow or failed. */
export function keepSpan(hop: Hop, traceId: string, passage: Passage): void {
  keeper?.one(hop, traceId, passage)
}

/** Does the work of a hop of one trace and tells of it; without a trace it only does it. */
export async function tracedOne<R>(
  hop: Hop,
  traceId: string | undefined,
  work: () => Promise<R>,
): Promise<R> {
  if (!keeper || traceId === undefined) return work()
  const startMs = wallMs()
  const tell = (passage: Passage) => {
    keepSpan(hop, traceId, passage)
    countHop({ hop, traceIds: [traceId], ...passage })
  }
  try {
    const result = await work()
    tell({ startMs, endMs: wallMs() })
    return result
  } catch (error) {
    tell({ startMs, endMs: wallMs(), failed: nameOf(error) })
    throw error
  }
}

export interface Described<T, R> {
  readonly traceIdOf: (item: T) => string
  /** What is worth knowing of an item; without a result when the work failed. */
  readonly attributesOf?: (item: T, result: R | undefined) => Attributes
}

/** The same work on a batch, with as many results, told of as a hop of each item. */
export function traced<T, R, A extends unknown[]>(
  hop: Hop,
  { traceIdOf, attributesOf }: Described<T, R>,
  work: (items: readonly T[], ...more: A) => Promise<readonly R[]>,
): (items: readonly T[], ...more: A) => Promise<readonly R[]> {
  function tell(items: readonly T[], startMs: number, end: { results?: readonly R[]; failed?: string }) {
    const round = { hop, traceIds: items.map(traceIdOf), startMs, endMs: wallMs(), failed: end.failed }
    keeper?.many(round, (i) => attributesOf?.(items[i] as T, end.results?.[i]) ?? {})
    countHop(round)
  }
  return async (items, ...more) => {
    if (!keeper) return work(items, ...more)
    const startMs = wallMs()
    try {
      const results = await work(items, ...more)
      tell(items, startMs, { results })
      return results
    } catch (error) {
      tell(items, startMs, { failed: nameOf(error) })
      throw error
    }
  }
}

/** What kind of error: its code or name, never its message, which may hold the values of rows. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error'
  return String((error as NodeJS.ErrnoException).code ?? error.name)
}
