import Type, { type Static } from 'typebox'
import { Time } from './fields.ts'

/** A number a service watches; without a limit it is only counted. The unit stands in the name, as `…Ms`. */
export const Measured = Type.Object({
  name: Type.String(),
  value: Type.Number(),
  limit: Type.Optional(Type.Number({ description: 'beyond it, for long enough, the measure is an alarm' })),
})
export type Measured = Static<typeof Measured>

/** A measure that has been over its limit for too long. */
export const Alarm = Type.Object({
  name: Type.String(),
  value: Type.Number(),
  limit: Type.Number(),
  since: Time,
})
export type Alarm = Static<typeof Alarm>

/**
 * What one service watches, as of its last looks; or all of them, where a name is `<service>.<name>`. A
 * service that does not answer is itself an alarm, `<service>.away`.
 */
export const Watched = Type.Object({ measures: Type.Array(Measured), alarms: Type.Array(Alarm) })
export type Watched = Static<typeof Watched>

/** The services that own books. */
export const WATCHED_SERVICES = ['order', 'inventory', 'payment', 'functions'] as const
export type WatchedService = (typeof WATCHED_SERVICES)[number]
