import Type, { type Static } from 'typebox'
import { Time, TraceId } from './fields.ts'

/** How a service numbers its dead letters; small enough to be counted with. */
export const LETTER_ID = '[1-9][0-9]{0,14}'

/**
 * A message nobody could work on, or a call that failed too often. `consumer` is who gave it up; `value` what
 * it holds, cut off where it is long; `traceId` is there when the event belongs to one trace.
 */
export const DeadLetter = Type.Object({
  id: Type.String(),
  consumer: Type.String(),
  topic: Type.String(),
  key: Type.Optional(Type.String()),
  value: Type.Optional(Type.String()),
  error: Type.String(),
  at: Time,
  replayedAt: Type.Optional(Time),
  traceId: Type.Optional(TraceId),
})
export type DeadLetter = Static<typeof DeadLetter>

/** Dead letters of one service, newest first. */
export interface DeadLetters {
  readonly letters: readonly DeadLetter[]
}

/** The services whose dead letters there are to see. */
export const LETTER_SERVICES = ['order', 'inventory', 'payment', 'functions'] as const
export type LetterService = (typeof LETTER_SERVICES)[number]

/**
 * Dead letters of all services, newest first; an id is `<service>.<id>`. `away`: services that did not
 * answer, whose letters are missing. `before` is opaque, for the next page; absent on the last one.
 */
export const DeadLetterPage = Type.Object({
  letters: Type.Array(DeadLetter),
  away: Type.Array(Type.Enum([...LETTER_SERVICES])),
  before: Type.Optional(Type.String()),
})
export type DeadLetterPage = Static<typeof DeadLetterPage>

/** The answer to a replay: its effect has happened. */
export const Replayed = Type.Object({ id: Type.String() })
export type Replayed = Static<typeof Replayed>
