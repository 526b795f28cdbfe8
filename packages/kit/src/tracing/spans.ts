import type { Attributes, Link } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { ATTRIBUTES, type Hop } from '@stampede/contracts/telemetry'
import { countHop } from '../metrics/hop-metrics.ts'
import { openBucket } from './bucket.ts'
import { hopSpan, type Passage, roundSpan } from './hop-span.ts'
import { quietly } from './quietly.ts'
import { failureAt, Recent, type Round } from './recent.ts'
import { isKept } from './trace-id.ts'
import { wallMs } from './wall-clock.ts'

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

  /** A hop of many. */
  many(round: Round, attributesAt: AttributesAt): void {
    const { hop, traceIds } = round
    const links: Link[] = []
    for (const [i, traceId] of traceIds.entries()) {
      if (!isKept(traceId)) continue
      const span = this.#emit(hop, traceId, passageAt(round, i, attributesAt))
      links.push({ context: span.spanContext() })
    }
    if (links.length > 0) this.#options.take(roundSpan(round, links, this.#options.resource))
    const late = links.length < traceIds.length ? this.#keepOneLate(round, attributesAt) : undefined
    this.#recent.note(round, late)
  }

  /** While all is slow nearly all would be kept: one of a round tells as much. Returns which it was. */
  #keepOneLate(round: Round, attributesAt: AttributesAt): string | undefined {
    if (this.#reason(round) === undefined) return undefined
    const { hop, traceIds, failures } = round
    const i = traceIds.findIndex(
      (traceId, at) => !isKept(traceId) && (!failures || failures[at] !== undefined),
    )
    const traceId = traceIds[i]
    if (traceId === undefined) return undefined
    return this.#keepLate(hop, traceId, passageAt(round, i, attributesAt)) ? traceId : undefined
  }

  #keepLate(hop: Hop, traceId: string, passage: Passage): boolean {
    const keptFor = this.#reason(passage)
    if (keptFor === undefined || !this.#bucket.take(performance.now())) return false
    const attributes = { ...passage.attributes, [ATTRIBUTES.keptFor]: keptFor }
    this.#emit(hop, traceId, { ...passage, attributes })
    for (const { hop: earlier, ...round } of this.#recent.of(traceId)) this.#emit(earlier, traceId, round)
    return true
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

/** What is worth knowing of the trace at a place of a round. */
type AttributesAt = (i: number) => Attributes

function passageAt(round: Round, i: number, attributesAt: AttributesAt): Passage {
  const { startMs, endMs } = round
  return { startMs, endMs, failed: failureAt(round, i), attributes: attributesAt(i) }
}

let keeper: Keeper | undefined

/** From now on spans are kept by this one; by none without it. */
export function keepWith(another: Keeper | undefined): void {
  keeper = another
}

export function isTracing(): boolean {
  return keeper !== undefined
}

/** Spares who would tell of a hop the words, when nobody wants to hear them. */
export function matters(traceId: string, tookMs: number, hasFailed = false): boolean {
  return keeper?.matters(traceId, tookMs, hasFailed) ?? false
}

/** Tells of a hop of many traces that has ended. */
export function keepRound(round: Round, attributesAt: AttributesAt = () => ({})): void {
  keeper?.many(round, attributesAt)
}

/** The same, and counts it. */
export function tellRound(round: Round): void {
  if (!keeper) return
  quietly(() => {
    keepRound(round)
    countHop(round)
  })
}

/** Tells of a hop that has ended. Costs nothing to speak of unless the trace is kept, was slow or failed. */
export function keepSpan(hop: Hop, traceId: string, passage: Passage): void {
  keeper?.one(hop, traceId, passage)
}

/**
 * Begins a hop of one trace. What it gives is called at the end: with the trace, without which the hop is
 * only counted, and with what went wrong, if something did.
 */
export function beginHop(hop: Hop): (traceId: string | undefined, failed?: string) => void {
  const startMs = wallMs()
  return (traceId, failed) => {
    if (!keeper) return
    const passage = { startMs, endMs: wallMs(), failed }
    quietly(() => {
      if (traceId !== undefined) keepSpan(hop, traceId, passage)
      const traceIds = traceId === undefined ? [] : [traceId]
      countHop({ hop, traceIds, ...passage }, failed === undefined ? 1 : 0)
    })
  }
}

export interface DescribedOne<R> {
  /** Without one the hop is counted and leaves no span. */
  readonly traceId: string | undefined
  /** As in `Described`. */
  readonly failedOf?: (result: R) => string | undefined
}

/** Does the work of a hop of one trace and tells of it. */
export async function tracedOne<R>(
  hop: Hop,
  { traceId, failedOf }: DescribedOne<R>,
  work: () => Promise<R>,
): Promise<R> {
  const end = beginHop(hop)
  const result = await work().catch((error: unknown) => {
    end(traceId, nameOf(error))
    throw error
  })
  end(traceId, failedOf?.(result))
  return result
}

export interface Described<T, R> {
  readonly traceIdOf: (item: T) => string
  /** What is worth knowing of an item; without a result when the work failed. */
  readonly attributesOf?: (item: T, result: R | undefined) => Attributes
  /**
   * In a word what went wrong, when that is not thrown but a result. An answer nobody likes (sold out, a card
   * declined) is none: then the hop has done what it is for.
   */
  readonly failedOf?: (result: R) => string | undefined
  /** How many went through; default: all that did not fail. */
  readonly sizeOf?: (results: readonly R[]) => number
}

/** The same work on a batch, with as many results, told of as a hop of each item. */
export function traced<T, R, A extends unknown[]>(
  hop: Hop,
  described: Described<T, R>,
  work: (items: readonly T[], ...more: A) => Promise<readonly R[]>,
): (items: readonly T[], ...more: A) => Promise<readonly R[]> {
  const { traceIdOf, attributesOf, failedOf, sizeOf } = described
  function tell(items: readonly T[], startMs: number, end: { results?: readonly R[]; failed?: string }) {
    const endMs = wallMs()
    quietly(() => {
      const { results, failed } = end
      const failures = failedOf && results?.some(failedOf) ? results.map(failedOf) : undefined
      const word = failed ?? failures?.find((each) => each !== undefined)
      const round = { hop, traceIds: items.map(traceIdOf), startMs, endMs, failed: word, failures }
      keepRound(round, (i) => attributesOf?.(items[i] as T, results?.[i]) ?? {})
      countHop(round, results && sizeOf?.(results))
    })
  }
  return async (items, ...more) => {
    if (!keeper) return work(items, ...more)
    const startMs = wallMs()
    const results = await work(items, ...more).catch((error: unknown) => {
      tell(items, startMs, { failed: nameOf(error) })
      throw error
    })
    tell(items, startMs, { results })
    return results
  }
}

/** What kind of error: its code or name, never its message, which may hold the values of rows. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'error'
  return String((error as NodeJS.ErrnoException).code ?? error.name)
}
