import type { IncomingMessage, ServerResponse } from 'node:http'
import { problem } from '@stampede/contracts/problems'
import { ATTRIBUTES } from '@stampede/contracts/telemetry'
import type { AccessLog } from '@stampede/kit/access-log'
import { exampleOf } from '@stampede/kit/metrics/example'
import { counter, histogram } from '@stampede/kit/metrics/instruments'
import { keepSpan, matters } from '@stampede/kit/tracing/spans'
import { wallMs } from '@stampede/kit/tracing/wall-clock'
import { TRACE_MARK, type TraceIdFor } from '../choose-traces.ts'
import { ROUTE, saleOfPurchase } from '../domain/purchase-path.ts'
import type { SoldOutFlags } from '../domain/sold-out-flags.ts'

/** A body longer than this, or of unknown length, is not left unread: the usual way decides about it. */
const UNREAD_MAX = 16 * 1024

const NO_TRACE = '0'.repeat(32)
const [BEFORE = '', AFTER = ''] = JSON.stringify(problem('sold_out', NO_TRACE)).split(NO_TRACE)
const STATUS = problem('sold_out', NO_TRACE).status
// At hand, for nothing is looked up for a refusal.
const REQUESTS = histogram('http.server.request.duration').at('POST', ROUTE, STATUS)
const ATTEMPTS = counter('stampede.purchase.attempts').at('sold_out')
const REFUSAL = { method: 'POST', route: ROUTE, status: STATUS, outcome: 'sold_out' } as const
const LENGTH = String(Buffer.byteLength(BEFORE + NO_TRACE + AFTER))

/**
 * Answers attempts at a sold-out sale before anything else is done for them: no route, no body, no token.
 * This is most of a rush, so the document is prepared and only the trace id is set in. Node reads the unread
 * body away afterwards, and the connection stays open.
 */
export function refuseSoldOut(
  flags: Pick<SoldOutFlags, 'refuses' | 'size'>,
  traceIdFor: TraceIdFor,
  access: AccessLog,
) {
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (flags.size === 0 || request.method !== 'POST') return false
    const saleId = saleOfPurchase(request.url as string)
    if (saleId === undefined) return false
    const startedAt = performance.now()
    const { key, mark, unread } = readHeaders(request.rawHeaders)
    if (key === undefined || !(unread <= UNREAD_MAX) || !flags.refuses(saleId, key, startedAt)) return false
    const traceId = traceIdFor(request.url as string, mark)
    response.writeHead(STATUS, [
      'content-type',
      'application/problem+json; charset=utf-8',
      'content-length',
      LENGTH,
      'x-trace-id',
      traceId,
    ])
    response.end(BEFORE + traceId + AFTER, 'latin1')
    const tookMs = performance.now() - startedAt
    ATTEMPTS.add()
    REQUESTS.record(tookMs / 1_000, exampleOf(traceId, 'gateway request'))
    if (matters(traceId, tookMs)) keepRefusal(traceId, tookMs)
    if (access.wants(traceId, STATUS)) access.tell({ ...REFUSAL, traceId, saleId, tookMs })
    return true
  }
}

function keepRefusal(traceId: string, tookMs: number): void {
  const endMs = wallMs()
  keepSpan('gateway request', traceId, {
    ...{ name: `POST ${ROUTE}`, startMs: endMs - tookMs, endMs },
    attributes: {
      'http.request.method': 'POST',
      'http.route': ROUTE,
      'http.response.status_code': STATUS,
      [ATTRIBUTES.problem]: 'sold_out',
    },
  })
}

interface Read {
  /** Absent too when it was sent twice. */
  key: string | undefined
  mark: string | undefined
  /** Bytes of the body; NaN when not told. */
  unread: number
}

/**
 * The few headers that matter here, from the raw list:
 * the object with all of them is not built for a refusal.
 */
function readHeaders(raw: readonly string[]): Read {
  const read: Read = { key: undefined, mark: undefined, unread: Number.NaN }
  let keys = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === 15 && name.toLowerCase() === 'idempotency-key') {
      read.key = raw[i + 1]
      keys++
    } else if (name.length === 14 && name.toLowerCase() === 'content-length') {
      read.unread = Number(raw[i + 1])
    } else if (name.length === TRACE_MARK.length && name.toLowerCase() === TRACE_MARK) {
      read.mark = raw[i + 1]
    }
  }
  if (keys > 1) read.key = undefined
  return read
}
