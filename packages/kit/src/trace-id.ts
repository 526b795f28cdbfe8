import { randomFillSync } from 'node:crypto'

const POOL = Buffer.alloc(16 * 512)
let next = POOL.length

/**
 * A random W3C trace id, 32 hex digits. Randomness is drawn
 * for 512 ids at once: one call per id would be felt.
 */
export function newTraceId(): string {
  if (next === POOL.length) {
    randomFillSync(POOL)
    next = 0
  }
  next += 16
  return POOL.toString('hex', next - 16, next)
}

/** The trace id of a `traceparent` header, if it is a valid one. */
export function traceIdOf(traceparent: unknown): string | undefined {
  if (typeof traceparent !== 'string') return undefined
  const match = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceparent)
  return match?.[1]
}
