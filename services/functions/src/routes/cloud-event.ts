import type { IncomingHttpHeaders } from 'node:http'
import type { FunctionEvent, FunctionTopic } from '@stampede/contracts/functions'
import { readEvent } from '@stampede/kit/events/envelope'

const STRUCTURED = 'application/cloudevents+json'
const PREFIX = 'ce-'

/**
 * The CloudEvent of a request, in structured or in binary mode (HTTP binding 1.0), if it is of one of the
 * topics; else what is wrong. By hand, because the usual library makes up an id where one is missing, and an
 * event that gets another id each time it is sent would have its effect each time.
 */
export function readCloudEvent(
  headers: IncomingHttpHeaders,
  body: string,
  topics: readonly FunctionTopic[],
): { readonly event: FunctionEvent } | { readonly flaw: string } {
  try {
    const event = isStructured(headers)
      ? JSON.parse(body)
      : { ...attributes(headers), data: JSON.parse(body) }
    const topic = topics.find((each) => each === event?.type)
    if (!topic) return { flaw: `not an event this function hears: ${topics.join(', ')}` }
    return readEvent(topic, JSON.stringify(event))
  } catch (error) {
    return { flaw: (error as Error).message }
  }
}

function isStructured({ 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return type.toLowerCase().startsWith(STRUCTURED)
}

/** In binary mode each attribute is a header, percent-encoded; what is no attribute of ours is left out. */
function attributes(headers: IncomingHttpHeaders): Record<string, string> {
  const given = Object.entries(headers).filter(
    (header): header is [string, string] => header[0].startsWith(PREFIX) && typeof header[1] === 'string',
  )
  const decoded = given.map(([name, value]) => [name.slice(PREFIX.length), decodeURIComponent(value)])
  return { ...Object.fromEntries(decoded), datacontenttype: 'application/json' }
}
