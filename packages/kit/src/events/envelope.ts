import { EVENT_SCHEMAS } from '@stampede/contracts/event-schemas'
import type { Event, EventData, Topic } from '@stampede/contracts/events'
import { Time } from '@stampede/contracts/fields'
import Type from 'typebox'
import Schema from 'typebox/compile'

/** An event of one of the topics `T`; its `type` tells which data it carries. */
export type EventOf<T extends Topic> = { readonly [K in T]: Event<K> }[T]

/** What a service has to tell; the envelope is made around it. */
export interface Fact<T extends Topic> {
  /** Unique for ever and the same on every retry, so derive it: `${orderId}.placed`. */
  readonly id: string
  /** The order's id, as a rule. Events of one subject travel in one partition. */
  readonly subject: string
  /** When it happened, RFC 3339, UTC. */
  readonly time: string
  readonly traceparent?: string | undefined
  readonly data: EventData[T]
}

/** A CloudEvent in structured JSON. `source` names the service that tells, as a URI reference. */
export function writeEvent<T extends Topic>(source: string, type: T, fact: Fact<T>): string {
  const { id, subject, time, traceparent, data } = fact
  const event: Event<T> = {
    specversion: '1.0',
    id,
    source,
    type,
    time,
    subject,
    datacontenttype: 'application/json',
    ...(traceparent === undefined ? {} : { traceparent }),
    data,
  }
  return JSON.stringify(event)
}

/** The event in a Kafka value, or why it is none: a flaw never goes away by trying again. */
export function readEvent<T extends Topic>(
  topic: T,
  value: string | null,
): { event: EventOf<T> } | { flaw: string } {
  if (value === null) return { flaw: 'no value' }
  let event: unknown
  try {
    event = JSON.parse(value)
  } catch (error) {
    return { flaw: `not JSON: ${(error as Error).message}` }
  }
  const validator = VALIDATORS[topic]
  if (validator.Check(event)) return { event: event as unknown as EventOf<T> }
  const [first] = validator.Errors(event)
  return { flaw: `not a ${topic} event: ${first?.instancePath || '/'} ${first?.message ?? 'is wrong'}` }
}

// Postgres can store neither NUL nor half a surrogate pair, and these four become keys there.
const Name = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[^\\u0000-\\u001f\\u007f\\ud800-\\udfff]*$',
})

function compileEnvelope(topic: Topic) {
  return Schema(
    Type.Object({
      specversion: Type.Literal('1.0'),
      id: Name,
      source: Name,
      type: Type.Literal(topic),
      time: Time,
      subject: Name,
      datacontenttype: Type.Literal('application/json'),
      traceparent: Type.Optional(Name),
      data: EVENT_SCHEMAS[topic],
    }),
  )
}

const VALIDATORS = Object.fromEntries(
  (Object.keys(EVENT_SCHEMAS) as Topic[]).map((topic) => [topic, compileEnvelope(topic)]),
) as Record<Topic, ReturnType<typeof compileEnvelope>>
