import type { DiagLogger } from '@opentelemetry/api'
import type { Log } from '../log.ts'

/** While a collector is away every export fails, five in a second. */
const PAUSE_MS = 60_000
const CHARS_MAX = 500
const ignore = () => undefined

/**
 * Hears what the SDK says of itself: that spans were dropped, that an export failed. The first is a warning,
 * and then one in a minute at most; `unlogged` says how many were left out before it.
 */
export function hearLosses(log: Log, now = () => performance.now()): DiagLogger {
  let quietUntil = Number.NEGATIVE_INFINITY
  let unlogged = 0
  function tell(message: string, ...more: unknown[]): void {
    if (now() < quietUntil) {
      unlogged++
      return
    }
    quietUntil = now() + PAUSE_MS
    const [err] = more.filter((each) => each instanceof Error)
    const fields = {
      reason: message.slice(0, CHARS_MAX),
      ...(err && { err }),
      ...(unlogged > 0 && { unlogged }),
    }
    unlogged = 0
    log.warn(fields, 'telemetry may be lost')
  }
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }
}
