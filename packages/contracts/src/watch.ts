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

/** What one process watches, as of its last looks. */
export const Watched = Type.Object({ measures: Type.Array(Measured), alarms: Type.Array(Alarm) })
export type Watched = Static<typeof Watched>

const Process = Type.Object({
  process: Type.Integer({ minimum: 1, description: 'which of the processes of the service, from 1' }),
})

/**
 * What all processes of all services watch: a name is `<service>.<name>`. A process that does not answer is
 * itself an alarm, `<service>.away`.
 */
export const WatchedProcesses = Type.Object({
  measures: Type.Array(Type.Evaluate(Type.Intersect([Measured, Process]))),
  alarms: Type.Array(Type.Evaluate(Type.Intersect([Alarm, Process]))),
})
export type WatchedProcesses = Static<typeof WatchedProcesses>

/** The services that own books. */
export const WATCHED_SERVICES = ['order', 'inventory', 'payment', 'functions'] as const
export type WatchedService = (typeof WATCHED_SERVICES)[number]
