import type { FunctionContext, FunctionEvent, FunctionName } from '@stampede/contracts/functions'
import { backoffMs } from '@stampede/kit/events/backoff'
import { type Pool, type Tx, transaction } from '@stampede/kit/postgres'
import { type CallKey, callsFor, REGISTRY, waitersOf } from '../domain/registry.ts'
import { bringAbout, type Made } from './effects-postgres.ts'

export type Calls = ReturnType<typeof openCalls>

export interface Limits {
  readonly triesMax: number
  readonly retryFirstMs: number
  readonly retryMostMs: number
  /** A call that was taken so long ago and has not ended is lost, and may be taken by another. */
  readonly leaseMs: number
}

/** A call in somebody's hand. */
export interface Taken {
  readonly key: CallKey
  readonly event: FunctionEvent
  /** Which try this is, from 1. */
  readonly tries: number
  readonly context: FunctionContext
}

export interface CallRow {
  readonly state: 'waiting' | 'due' | 'done' | 'dead'
  readonly error: string | null
  readonly result: unknown
}

/** Marks the dead letter of a call: it came from no partition. Its offset is the number of the call. */
export const CALL_PARTITION = -1

const WRITE_SQL = `insert into call (function, event_id, event, state)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[])
  on conflict do nothing returning function as name, event_id as "eventId", state`
const RESULTS_SQL = `select coalesce(json_object_agg(function, result), '{}') from call
  where event_id = $2 and function = any($3) and state = 'done'`
const TAKE_SQL = `with taken as (
    update call set tries = tries + 1, try_at = now() + $4 * interval '1 millisecond'
    where function = $1 and event_id = $2 and state = 'due' and try_at <= now() returning event, tries)
  select event, tries, (${RESULTS_SQL}) as results from taken`
const TAKE_DEAD_SQL = `select event, tries, (${RESULTS_SQL}) as results from call
  where function = $1 and event_id = $2 and state = 'dead'`
const LOCK_SQL = `select from call where event_id = any($1) and function = any($2)
  order by event_id, function for update`
const DONE_SQL = `update call set state = 'done', result = $4, error = null, ended_at = now()
  where function = $1 and event_id = $2 and state = $3 returning 1`
const FAIL_SQL = `update call set error = $3, try_at = now() + $4 * interval '1 millisecond',
    state = case when tries >= $5 then 'dead' else 'due' end, ended_at = case when tries >= $5 then now() end
  where function = $1 and event_id = $2 and state = 'due' and tries = $6 returning state`
const BURY_SQL = `insert into dead_letter
    (consumer, topic, partition, kafka_offset, sent_at, key, value, error)
  select function, $3, ${CALL_PARTITION}, id, $4, $5, event, error from call
  where function = $1 and event_id = $2 on conflict do nothing`
const WAKE_SQL = `update call set state = 'due', try_at = now()
  where function = $1 and event_id = any($2) and state = 'waiting' and not exists (
    select from call as other where other.event_id = call.event_id and other.function = any($3)
    and other.state in ('waiting', 'due'))
  returning function as name, event_id as "eventId"`
const OVERDUE_SQL = `select function as name, event_id as "eventId" from call
  where state = 'due' and try_at <= now() - $2 * interval '1 millisecond' order by try_at limit $1`
const LOOK_SQL = 'select state, error, result from call where function = $1 and event_id = $2'
/** Longer than the inbox remembers, so a call that is heard again is still known to be done. */
export const PRUNE_CALLS_SQL = `delete from call where ctid = any(array(
  select ctid from call where at < now() - interval '30 days' and state = 'done' limit 1000))`

/** The calls and their states: the row of a call decides, whoever brings the news of it. */
export function openCalls(pool: Pool, limits: Limits) {
  async function take(sql: string, { name, eventId }: CallKey, more: unknown[]): Promise<Taken | undefined> {
    const { rows } = await pool.query(sql, [name, eventId, REGISTRY[name].after, ...more])
    const [row] = rows as { event: string; tries: number; results: FunctionContext['results'] }[]
    if (!row) return undefined
    const event = JSON.parse(row.event) as FunctionEvent
    return { key: { name, eventId }, event, tries: row.tries, context: { results: row.results } }
  }

  return {
    /** Notes whom the events concern and returns what can be done at once; what is noted already stays. */
    write,
    /** Takes a call that is due; undefined when it is not, or is in another's hand. */
    take: (key: CallKey) => take(TAKE_SQL, key, [limits.leaseMs]),
    /** One that was given up, to be tried by hand. */
    takeDead: (key: CallKey) => take(TAKE_DEAD_SQL, key, []),
    /** Ends a call and brings about its effect; returns who can go on now. */
    finish: (taken: Taken, made: Made) =>
      transaction(pool, async (tx) =>
        (await end(tx, taken, { made, from: 'due' })) ? wakeAfter(tx, taken.key) : [],
      ),
    /** Notes a failure: the call is tried again after a pause, or is dead, and then others can go on. */
    fail: (taken: Taken, reason: string) => transaction(pool, (tx) => fail(tx, { taken, reason, limits })),
    /** Calls that have been due for so long and not been taken, oldest first. */
    async overdue(rowsMax: number, sinceMs: number): Promise<CallKey[]> {
      return (await pool.query<CallKey>(OVERDUE_SQL, [rowsMax, sinceMs])).rows
    },
    async look({ name, eventId }: CallKey): Promise<CallRow | undefined> {
      return (await pool.query<CallRow>(LOOK_SQL, [name, eventId])).rows[0]
    },
    /** A call by hand: one that nobody told of yet. */
    note: (name: FunctionName, event: FunctionEvent) =>
      pool.query(WRITE_SQL, [[name], [event.id], [JSON.stringify(event)], ['due']]),
  }
}

async function write(tx: Tx, events: readonly FunctionEvent[]): Promise<CallKey[]> {
  const calls = events.flatMap((event) => {
    const text = JSON.stringify(event)
    return callsFor(event.type).map((call) => ({ ...call, eventId: event.id, text }))
  })
  const { rows } = await tx.query<Written>(WRITE_SQL, [
    calls.map(({ name }) => name),
    calls.map(({ eventId }) => eventId),
    calls.map(({ text }) => text),
    calls.map(({ state }) => state),
  ])
  const due = rows.filter(({ state }) => state === 'due')
  return [...due, ...(await wakeWritten(tx, rows))]
}

/** Some that a call waits for were made before it was written, by HTTP, and could not wake it. */
async function wakeWritten(tx: Tx, written: readonly Written[]): Promise<CallKey[]> {
  const here = new Set(written.map(({ name, eventId }) => `${name} ${eventId}`))
  const woken: CallKey[] = []
  const waiting = written.filter(({ state }) => state === 'waiting')
  for (const [name, same] of Map.groupBy(waiting, (call) => call.name)) {
    const { after } = REGISTRY[name]
    const early = same.filter(({ eventId }) => after.some((other) => !here.has(`${other} ${eventId}`)))
    if (early.length === 0) continue
    const eventIds = early.map(({ eventId }) => eventId)
    // One that is ending just now does not see this one yet, and this one would not see that it has ended.
    tx.send(LOCK_SQL, [eventIds, after])
    woken.push(...(await wake(tx, name, eventIds)))
  }
  return woken
}

interface Written extends CallKey {
  readonly state: CallRow['state']
}

/** The end of a call and its effect, in one transaction; false when another one has ended it. */
export async function end(tx: Tx, { key, event }: Taken, { made, from }: End): Promise<boolean> {
  lockWaiters(tx, key)
  const { rowCount } = await tx.query(DONE_SQL, [key.name, key.eventId, from, JSON.stringify(made.result)])
  if (rowCount === 0) return false
  bringAbout(tx, event, made)
  return true
}

interface End {
  readonly made: Made
  readonly from: 'due' | 'dead'
}

async function fail(tx: Tx, { taken, reason, limits }: Failure): Promise<Failed> {
  const { key, event, tries } = taken
  const call = [key.name, key.eventId]
  lockWaiters(tx, key)
  const pauseMs = backoffMs(tries, limits.retryFirstMs, limits.retryMostMs)
  const { rows } = await tx.query(FAIL_SQL, [...call, reason, pauseMs, limits.triesMax, tries])
  if (rows[0]?.state !== 'dead') return { isDead: false, woken: [] }
  tx.send(BURY_SQL, [...call, event.type, event.time, event.subject])
  return { isDead: true, woken: await wakeAfter(tx, key) }
}

interface Failed {
  readonly isDead: boolean
  readonly woken: CallKey[]
}

interface Failure {
  readonly taken: Taken
  readonly reason: string
  readonly limits: Limits
}

/** Before a call ends: of two that end at once, the later one then sees that it is the last. */
function lockWaiters(tx: Tx, { name, eventId }: CallKey): void {
  const waiters = waitersOf(name)
  if (waiters.length > 0) tx.send(LOCK_SQL, [[eventId], waiters])
}

async function wakeAfter(tx: Tx, { name, eventId }: CallKey): Promise<CallKey[]> {
  const woken: CallKey[] = []
  for (const waiter of waitersOf(name)) woken.push(...(await wake(tx, waiter, [eventId])))
  return woken
}

/** Those of the waiting that have nobody left to wait for are due, and returned. */
async function wake(tx: Tx, waiter: FunctionName, eventIds: readonly string[]): Promise<CallKey[]> {
  return (await tx.query<CallKey>(WAKE_SQL, [waiter, eventIds, REGISTRY[waiter].after])).rows
}
