import type { FastifyReply } from 'fastify'
import type { Log } from './log.ts'
import { openBucket } from './tracing/bucket.ts'
import { isKept } from './tracing/trace-id.ts'

/** Which requests get a line: `some` that matter, or `all`. */
export type AccessLines = 'some' | 'all'

/** A request that has been answered. */
export interface Access {
  readonly traceId: string
  readonly method: string
  /** As it was declared, e.g. `/api/orders/:orderId`. */
  readonly route: string
  readonly saleId?: string | undefined
  readonly orderId?: string | undefined
  readonly status: number
  /** The code of the problem it was told. */
  readonly outcome?: string | undefined
  readonly tookMs: number
}

/** Most lines of each kind in a second: when everything fails, or every trace is kept, a few tell as much. */
const PER_SECOND_MAX = 20
const OURS = 500

/**
 * A line for each request that failed by our doing, or whose trace is kept; for all others when asked for. A
 * line costs 7 µs, a quarter of a refusal, so the rest are only counted (docs/decisions/0016).
 */
export class AccessLog {
  readonly #log: Log
  readonly #all: boolean
  readonly #failures = openBucket(PER_SECOND_MAX)
  readonly #kept = openBucket(PER_SECOND_MAX)
  #unlogged = 0

  constructor(log: Log, lines: AccessLines) {
    this.#log = log
    this.#all = lines === 'all'
  }

  /** Spares who would tell of a request the words, when nobody wants to read them. */
  wants(traceId: string, status: number): boolean {
    return this.#all || status >= OURS || isKept(traceId)
  }

  /** A request that Fastify has answered. */
  hear({ request, statusCode: status, told: outcome, elapsedTime: tookMs }: FastifyReply): void {
    const { id: traceId, method, params, routeOptions } = request
    if (!this.wants(traceId, status)) return
    this.tell({
      traceId,
      method,
      route: routeOptions.url ?? 'unknown',
      ...idsIn(params),
      status,
      outcome,
      tookMs,
    })
  }

  tell(access: Access, now = performance.now()): void {
    if (access.status >= OURS) this.#tellFailure(access, now)
    else if (this.#all || this.#kept.take(now)) this.#log.info(lineOf(access), ANSWERED)
  }

  /** `unlogged`: how many have failed since the failure before without a line of their own. */
  #tellFailure(access: Access, now: number): void {
    if (!this.#all && !this.#failures.take(now)) {
      this.#unlogged++
      return
    }
    const unlogged = this.#unlogged > 0 && { unlogged: this.#unlogged }
    this.#log.warn({ ...lineOf(access), ...unlogged }, ANSWERED)
    this.#unlogged = 0
  }
}

function lineOf({ tookMs, ...access }: Access): object {
  return { ...access, ms: Math.round(tookMs * 10) / 10 }
}

/** By these words a collector knows such lines (infra/otel/collector.yaml). */
const ANSWERED = 'request answered'

const ID = /^[0-9a-f-]{36}$/

/** What a path names, if it is what it should be: people send anything. */
function idsIn(params: unknown): Pick<Access, 'saleId' | 'orderId'> {
  const { saleId, orderId } = params as Readonly<Record<string, string | undefined>>
  return { ...(isId(saleId) && { saleId }), ...(isId(orderId) && { orderId }) }
}

function isId(value: string | undefined): boolean {
  return value !== undefined && ID.test(value)
}
