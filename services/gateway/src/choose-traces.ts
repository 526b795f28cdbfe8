import { timingSafeEqual } from 'node:crypto'
import { openChoosing } from '@stampede/kit/tracing/choosing'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import type { Config } from './config.ts'

/** The header by which operators mark a request to be followed; it holds `TRACE_KEY`. */
export const TRACE_MARK = 'x-trace-key'

/** The id of the trace of a request for this URL, with this mark. */
export type TraceIdFor = (url: string, mark: unknown) => string

type Choice = Pick<Config, 'TRACE_RATIO' | 'TRACES_PER_SECOND_MAX' | 'TRACE_KEY'>

/**
 * Every trace begins here, and here it is decided whether it is kept: for some, and always for those an
 * operator has marked. A client's own `traceparent` decides nothing: or it could have all of its requests
 * kept.
 */
export function openTraceChoice(config: Choice): TraceIdFor {
  const choose = openChoosing({ ratio: config.TRACE_RATIO, perSecondMax: config.TRACES_PER_SECOND_MAX })
  const key = config.TRACE_KEY === undefined ? undefined : Buffer.from(config.TRACE_KEY)
  function isMarked(mark: unknown): boolean {
    if (!key || typeof mark !== 'string') return false
    const given = Buffer.from(mark)
    return given.length === key.length && timingSafeEqual(given, key)
  }
  return (url, mark) =>
    url.startsWith('/api/') ? choose(mark !== undefined && isMarked(mark)) : newTraceId()
}
