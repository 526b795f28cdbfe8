import type { IncomingHttpHeaders } from 'node:http'
import type { FunctionEvent, FunctionTopic } from '@stampede/contracts/functions'
import { readEvent } from '@stampede/kit/events/envelope'
import { HTTP } from 'cloudevents'

/**
 * The CloudEvent of a request, structured or binary, if it is of one of the topics; else what is wrong. The
 * library reads the two modes, the house's own schema says whether it is one of our events.
 */
export function readCloudEvent(
  headers: IncomingHttpHeaders,
  body: string,
  topics: readonly FunctionTopic[],
): { readonly event: FunctionEvent } | { readonly flaw: string } {
  try {
    const event = HTTP.toEvent({ headers: decode(headers), body })
    if (Array.isArray(event)) return { flaw: 'one event at a time' }
    const topic = topics.find((each) => each === event.type)
    if (!topic) return { flaw: `this function hears ${topics.join(', ')}` }
    return readEvent(topic, JSON.stringify(event))
  } catch (error) {
    return { flaw: (error as Error).message }
  }
}

/** In binary mode an attribute is a header, percent-encoded (HTTP binding 1.0, 3.1.3.2). */
function decode(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const decoded = Object.entries(headers).map(([name, value]) =>
    name.startsWith('ce-') && typeof value === 'string' ? [name, decodeURIComponent(value)] : [name, value],
  )
  return Object.fromEntries(decoded)
}
