import type { Hop } from '@stampede/contracts/telemetry'
import { spanIdOf } from '../tracing/span-id.ts'
import { isKept } from '../tracing/trace-id.ts'
import type { Example } from './instruments.ts'

/** What leads from a value to the span of a hop, if its trace is kept from the beginning. */
export function exampleOf(traceId: string, hop: Hop): Example | undefined {
  return isKept(traceId) ? { traceId, spanId: spanIdOf(traceId, hop) } : undefined
}
