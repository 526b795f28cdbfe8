import type { Topic } from '@stampede/contracts/events'
import type { EachBatchPayload } from 'kafkajs'
import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import type { Pool } from '../postgres.ts'
import { type Apply, openDelivery } from './deliver.ts'
import { type Assignment, lookAtGroup } from './group-state.ts'
import { openHeard } from './heard.ts'
import { type Message, PRUNE_INBOX_SQL } from './inbox.ts'
import { type GroupOptions, HEARTBEAT_MS, stayJoined } from './membership.ts'
import { waitOut } from './outage.ts'
import { openPruner } from './prune.ts'
import { type Replay, replayLetter } from './replay.ts'
import { openWatch } from './watch.ts'

const CLOSE_MS = 9_000
const LOOKS_PER_STUCK = 6
/** In one transaction. */
const EVENTS_MAX = 500

export interface ConsumerOptions<T extends Topic> extends GroupOptions {
  /**
   * Connections whose search path holds `inbox`, `dead_letter` and `heard`; up to `inFlightMax` are used at
   * a time.
   */
  readonly pool: Pool
  readonly log: Log
  readonly topics: readonly T[]
  readonly apply: Apply<T>
  /** See `DeliveryOptions`. */
  readonly inbox?: boolean
  readonly stuckMs?: number
  /**
   * Events wait, Kafka and Postgres answer, yet nothing moved for `stuckMs`. Ends the process with an error
   * unless told otherwise: whoever supervises it starts a clean one.
   */
  readonly onStuck?: (reason: string) => void
}

export interface EventConsumer {
  /** Works on a dead letter of this group again; `replayLetter` says how. */
  replay(letterId: string): Promise<Replay>
  /** Ends the transaction in hand, commits and leaves the group; waits at most 9 s. */
  close(): Promise<void>
}

/**
 * Brings the events of some topics to their effect in Postgres, each once. Kafka's offset moves only after
 * the commit, so whatever dies in between makes an event come again, and the inbox lets it pass.
 */
export function openConsumer<T extends Topic>(options: ConsumerOptions<T>): EventConsumer {
  const { kafka, pool, log, group, topics, apply, inbox = true, stuckMs = 60_000 } = options
  const closing = new AbortController()
  const { signal } = closing
  let assigned: Assignment | undefined

  const watch = openWatch({
    ...{ group, log },
    look: () => lookAtGroup({ kafka, pool, group, topics, assigned }),
    everyMs: stuckMs / LOOKS_PER_STUCK,
    stuckMs,
    onStuck: options.onStuck ?? endStuck(log),
  })
  const pruner = inbox ? openPruner({ pool, log, sql: PRUNE_INBOX_SQL }) : undefined
  const deliver = openDelivery({
    consumer: group,
    pool,
    log,
    apply,
    inbox,
    onProgress: watch.progress,
    signal,
  })
  const heard = openHeard({ pool, group, log })
  const onOutage = (error: unknown) => log.warn({ err: error, group }, 'events wait for Postgres')
  const patience = { signal, onOutage }
  const finished = stayJoined({
    ...options,
    consume,
    signal,
    onJoin: (partitions) => {
      assigned = partitions
      heard.forget()
    },
    onLost: () => {
      assigned = undefined
    },
  })

  async function consume(payload: EachBatchPayload, rewind: () => void): Promise<void> {
    const topic = payload.batch.topic.slice(kafka.prefix.length) as T
    try {
      if (await waitOut(() => heard.skips(topic, payload.batch), patience)) return rewind()
      await workThrough(payload, async (messages) => {
        await deliver(messages.map((message) => toMessage(topic, payload.batch.partition, message)))
        watch.progress()
      })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  return {
    replay: (letterId) => replayLetter({ consumer: group, pool, apply, inbox, topics }, letterId),
    async close() {
      closing.abort()
      watch.close()
      pruner?.close()
      await within(CLOSE_MS, 'leaving the group', finished).catch((error: unknown) => {
        log.warn({ err: error, group }, 'left the group without a word')
      })
    },
  }
}

function endStuck(log: Log) {
  return (reason: string): void => {
    log.fatal({ reason }, 'events no longer move')
    process.exit(1)
  }
}

type KafkaMessage = EachBatchPayload['batch']['messages'][number]

/**
 * Takes the batch a transaction at a time; what is resolved
 * here is committed to Kafka by the client afterwards.
 */
async function workThrough(
  { batch, resolveOffset, heartbeat, isRunning }: EachBatchPayload,
  take: (messages: KafkaMessage[]) => Promise<void>,
): Promise<void> {
  // A failed heartbeat means a rebalance: the client meets the same answer after the batch and joins again.
  const beat = setInterval(() => void heartbeat().catch(() => undefined), HEARTBEAT_MS)
  try {
    for (let start = 0; start < batch.messages.length && isRunning(); start += EVENTS_MAX) {
      const messages = batch.messages.slice(start, start + EVENTS_MAX)
      await take(messages)
      resolveOffset(messages.at(-1)?.offset as string)
    }
  } finally {
    clearInterval(beat)
  }
}

function toMessage<T extends Topic>(topic: T, partition: number, message: KafkaMessage): Message<T> {
  const { offset, timestamp, key, value } = message
  return {
    topic,
    partition,
    offset,
    sentAt: new Date(Number(timestamp)),
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
  }
}
