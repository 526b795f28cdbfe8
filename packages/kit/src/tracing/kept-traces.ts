import type { Event } from '@stampede/contracts/events'
import { traceIdOf } from './trace-id.ts'

// Whose trace is kept begins with a set bit; see `newTraceId`.
const KEPT = /"trace(?:parent":"00-|Id":")([89a-f][0-9a-f]{31})/g

/** The kept traces that packed events belong to. They are not parsed for it: few have any. */
export function keptTracesIn(events: string): string[] {
  return Array.from(events.matchAll(KEPT), ([, traceId]) => traceId as string)
}

const ANY = /"trace(?:parent":"00-|Id":")([0-9a-f]{32})(?=["-])/g

/** The one trace that a message belongs to, sound or not; undefined when it names none, or several. */
export function traceOf(text: string): string | undefined {
  const [traceId, ...others] = new Set(Array.from(text.matchAll(ANY), ([, each]) => each))
  return others.length === 0 ? traceId : undefined
}

/** The traces an event belongs to: its own, or those of all it tells of. */
export function tracesOf({ data, traceparent }: Pick<Event, 'data' | 'traceparent'>): string[] {
  if ('reservations' in data) return data.reservations.map(({ traceId }) => traceId)
  const traceId = traceIdOf(traceparent)
  return traceId === undefined ? [] : [traceId]
}
