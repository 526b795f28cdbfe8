import type { HrTime } from '@opentelemetry/api'

/** Milliseconds, since 1970 or of a length, as OpenTelemetry has them: whole seconds and nanoseconds. */
export function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000)
  return [seconds, Math.trunc((ms - seconds * 1_000) * 1e6)]
}
