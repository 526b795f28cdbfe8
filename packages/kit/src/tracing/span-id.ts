import { HOPS, type Hop } from '@stampede/contracts/telemetry'
import { isKept } from './trace-id.ts'

const NUMBERS = new Map(Object.keys(HOPS).map((hop, i) => [hop, hex(i + 1)]))

function hex(number: number): string {
  return number.toString(16).padStart(2, '0')
}

/**
 * The span of a hop in a trace: part of the trace's id and the hop's number. Whoever knows both knows the
 * span, so parents are not carried, and an effect that is brought about again has the same span.
 */
export function spanIdOf(traceId: string, hop: Hop): string {
  return traceId.slice(2, 16) + NUMBERS.get(hop)
}

/** The header and event attribute that says which trace this belongs to, and which hop sent it. */
export function traceparentOf(traceId: string, hop: Hop): string {
  return `00-${traceId}-${spanIdOf(traceId, hop)}-${isKept(traceId) ? '01' : '00'}`
}
