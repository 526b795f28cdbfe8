import { randomFillSync } from 'node:crypto'
import type { SpanContext } from '@opentelemetry/api'

const BYTES = 16
const POOL = Buffer.alloc(BYTES * 512)
let next = POOL.length

/**
 * A W3C trace id, 32 hex digits. Its first bit says whether the trace is kept: so the decision is wherever
 * the id is, in batches, rows, events and jobs, and asking for it costs a comparison (decision 15). The other
 * bits are random, drawn for 512 ids at once: one call per id would be felt.
 */
export function newTraceId(kept = false): string {
  if (next === POOL.length) {
    randomFillSync(POOL)
    next = 0
  }
  const first = POOL[next] as number
  POOL[next] = kept ? first | 0x80 : first & 0x7f
  next += BYTES
  return POOL.toString('hex', next - BYTES, next)
}

const EIGHT = 56

/** Whether the trace of this id is kept: '8' and all that sort after it begin with a set bit. */
export function isKept(traceId: string): boolean {
  return traceId.charCodeAt(0) >= EIGHT
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

/** The trace id of a `traceparent` header, if it is a valid one. */
export function traceIdOf(traceparent: unknown): string | undefined {
  return spanContextOf(traceparent)?.traceId
}

/** What a valid `traceparent` header says. */
export function spanContextOf(traceparent: unknown): SpanContext | undefined {
  if (typeof traceparent !== 'string') return undefined
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? []
  if (!traceId || !spanId || !flags) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
}
