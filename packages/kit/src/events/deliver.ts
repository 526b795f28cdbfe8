import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@stampede/contracts/events'
import type { Log } from '../log.ts'
import { type Pool, type Tx, transaction } from '../postgres.ts'
import { traceOf } from '../tracing/kept-traces.ts'
import type { Round } from '../tracing/recent.ts'
import { nameOf } from '../tracing/spans.ts'
import { wallMs } from '../tracing/wall-clock.ts'
import { backoffMs } from './backoff.ts'
import { type EventOf, readEvent } from './envelope.ts'
import { bury, type Dead, keepNew, type Message } from './inbox.ts'
import { waitOut } from './outage.ts'
import { countTry, keepTry } from './try.ts'

const TRIES_MAX = 3
const RETRY_FIRST_MS = 30
const RETRY_MOST_MS = 1_000

/** Something to do after the commit, such as adjusting a view. It may be lost in a crash: never a promise. */
export type AfterCommit = () => void | Promise<void>

/**
 * Brings about the effect of events inside the transaction that notes them
 * as seen. Events come in the order of their partition. Throwing undoes all
 * of it; an event that goes on throwing alone is put into `dead_letter`.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers return nothing
export type Apply<T extends Topic> = (tx: Tx, events: readonly EventOf<T>[]) => Promise<AfterCommit | void>

export interface DeliveryOptions<T extends Topic> {
  /** The name under which events are noted as seen. */
  readonly consumer: string
  readonly pool: Pool
  readonly log: Log
  readonly apply: Apply<T>
  /**
   * Default true: an event takes effect once. False for effects that are inserts keyed by what
   * the event names, which change nothing the second time; it saves a row per event.
   */
  readonly inbox?: boolean
  /** Called whenever something got done. */
  readonly onProgress: () => void
  /** Ends the waiting: `deliver` then rejects with its reason, and what is not done comes again. */
  readonly signal: AbortSignal
}

interface Sound<T extends Topic> {
  readonly message: Message<T>
  readonly event: EventOf<T>
}

interface Failure {
  readonly error: unknown
  readonly rounds: readonly Round[]
}

export type Deliver<T extends Topic> = (messages: readonly Message<T>[]) => Promise<void>

/**
 * Makes the function that brings messages to their effect. When it resolves, each has taken effect or lies in
 * `dead_letter`. While Postgres is away it waits, for as long as that takes.
 */
export function openDelivery<T extends Topic>(options: DeliveryOptions<T>): Deliver<T> {
  const { consumer, pool, log, apply, inbox = true, onProgress, signal } = options
  const onOutage = (error: unknown) => log.warn({ err: error, consumer }, 'events wait for Postgres')
  const patience = { signal, onOutage }
  const how = { consumer, apply, inbox }

  async function settle(items: readonly Sound<T>[]): Promise<void> {
    if (items.length === 0) return
    const failure = await attempt(items)
    if (failure === undefined) return
    // Halving finds the few that fail among many in a handful of transactions; the others are not held up.
    const half = items.length >> 1
    if (half === 0) return settleOne(items, failure)
    await settle(items.slice(0, half))
    await settle(items.slice(half))
  }

  async function settleOne(items: readonly Sound<T>[], first: Failure): Promise<void> {
    let failure = first
    for (let tries = 1; tries < TRIES_MAX; tries++) {
      await sleep(backoffMs(tries, RETRY_FIRST_MS, RETRY_MOST_MS), undefined, { signal })
      const again = await attempt(items)
      if (again === undefined) return
      failure = again
    }
    keepTry(failure.rounds)
    await putAside(items.map(({ message }) => ({ message, reason: String(failure.error) })))
  }

  /** Says why it failed, if that lies in the events and not in the infrastructure. */
  async function attempt(items: readonly Sound<T>[]): Promise<Failure | undefined> {
    const events = items.map(({ event }) => event)
    const begun = { consumer, events, startMs: wallMs() }
    try {
      const after = await waitOut(() => transaction(pool, (tx) => applyNew(how, tx, events)), patience)
      onProgress()
      await runAfter(after)
    } catch (error) {
      signal.throwIfAborted()
      return { error, rounds: countTry({ ...begun, failed: nameOf(error) }) }
    }
    keepTry(countTry(begun))
    return undefined
  }

  async function runAfter(after: AfterCommit | undefined): Promise<void> {
    try {
      await after?.()
    } catch (error) {
      log.warn({ err: error, consumer }, 'step after the commit failed')
    }
  }

  async function putAside(dead: readonly Dead<T>[]): Promise<void> {
    if (dead.length === 0) return
    await waitOut(() => bury(pool, consumer, dead), patience)
    onProgress()
    const [{ message, reason }] = dead as [Dead<T>]
    const { topic, partition, offset, value } = message
    const first = { topic, partition, offset, reason }
    const traceId = value === null ? undefined : traceOf(value)
    log.error({ consumer, traceId, count: dead.length, first }, 'put into dead_letter')
  }

  return async (messages) => {
    const { sound, dead } = sort(messages)
    await putAside(dead)
    await settle(sound)
  }
}

/** Applies those events that the consumer has not seen, inside the transaction that notes them as seen. */
export async function applyNew<T extends Topic>(
  { consumer, apply, inbox }: Pick<Required<DeliveryOptions<T>>, 'consumer' | 'apply' | 'inbox'>,
  tx: Tx,
  events: readonly EventOf<T>[],
): Promise<AfterCommit | undefined> {
  const fresh = inbox ? await keepNew(tx, consumer, events) : events
  if (fresh.length === 0) return undefined
  return (await apply(tx, fresh)) ?? undefined
}

function sort<T extends Topic>(messages: readonly Message<T>[]) {
  const sound: Sound<T>[] = []
  const dead: Dead<T>[] = []
  for (const message of messages) {
    const read = readEvent(message.topic, message.value)
    if ('event' in read) sound.push({ message, event: read.event })
    else dead.push({ message, reason: read.flaw })
  }
  return { sound, dead }
}
