import { setTimeout as sleep } from 'node:timers/promises'
import type { Topic } from '@stampede/contracts/events'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import { backoffMs } from './backoff.ts'
import type { Assignment } from './group-state.ts'
import { type KafkaLink, nameOf } from './kafka.ts'

// The partitions of a member that was killed rest until
// its session ends; 6 s is the least that brokers allow.
const SESSION_MS = 6_000
// How long others wait for a member that is busy when partitions are dealt anew, and nearly as long does a
// member wait for an answer that was lost.
const REBALANCE_MS = 15_000
export const HEARTBEAT_MS = 2_000
const JOIN_MS = 45_000
const LEAVE_MS = 8_000
const RETRY_FIRST_MS = 200
const RETRY_MOST_MS = 3_000

export interface GroupOptions {
  readonly kafka: KafkaLink
  /** The consumer group, and the name under which events are noted as seen. */
  readonly group: string
  readonly topics: readonly Topic[]
  readonly log: Log
  /** Partitions worked on at once. */
  readonly inFlightMax?: number
  /**
   * The broker waits for this many bytes, at most `gatherMs`. By default it hands out an event as it comes.
   */
  readonly gatherBytes?: number
  readonly gatherMs?: number
}

export interface MembershipOptions extends GroupOptions {
  /** `rewind` has the batch's partition read again from its beginning, from the next batch on. */
  readonly consume: (payload: EachBatchPayload, rewind: () => void) => Promise<void>
  readonly onJoin: (assigned: Assignment) => void
  /** Called after each answer of a broker to the question for more, however little it brought. */
  readonly onFetch?: () => void
  /** Begin with what comes from now on and commit nothing; by default where the group stopped. */
  readonly fromNow?: boolean
  readonly signal: AbortSignal
}

/**
 * Is a member of the group until `signal` says to leave, one membership after
 * the other: the client's own restart gives up after some errors, this does
 * not. `onLost` is called after each. Never rejects.
 */
export async function stayJoined(
  options: MembershipOptions & { readonly onLost: () => void },
): Promise<void> {
  const { group, log, signal, onLost } = options
  for (let failures = 0; !signal.aborted; failures++) {
    const onJoin = (assigned: Assignment) => {
      options.onJoin(assigned)
      if (failures > 0) log.info({ group }, 'consuming again')
      failures = 0
    }
    try {
      await joinOnce({ ...options, onJoin })
    } catch (error) {
      if (failures === 0) log.warn({ err: error, group }, 'not consuming; trying on')
    }
    onLost()
    const pauseMs = backoffMs(failures + 1, RETRY_FIRST_MS, RETRY_MOST_MS)
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}

/** Is a member of the group until `signal` says to leave; rejects when the membership broke before. */
async function joinOnce({ signal, ...options }: MembershipOptions): Promise<void> {
  const { kafka, group, topics, log, onJoin, onFetch, consume, inFlightMax = 2, fromNow = false } = options
  await kafka.ensureTopics()
  const consumer = openClient(options)
  let left = false
  consumer.on('consumer.group_join', ({ payload }) => {
    if (!left) return onJoin(payload.memberAssignment)
    // A join that was given up came through after all: nobody would look after such a member.
    return consumer.disconnect()
  })
  if (onFetch) consumer.on('consumer.fetch', onFetch)
  let leave = () => {}
  const over = new Promise<void>((resolve, reject) => {
    leave = resolve
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error))
  })
  over.catch(() => undefined)
  const join = async () => {
    await consumer.connect()
    const names = topics.map((topic) => nameOf(kafka, topic))
    await consumer.subscribe({ topics: names, fromBeginning: !fromNow })
    await consumer.run({
      autoCommit: !fromNow,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: inFlightMax,
      eachBatch(payload) {
        const { topic, partition } = payload.batch
        return consume(payload, () => consumer.seek({ topic, partition, offset: '0' }))
      },
    })
  }
  signal.addEventListener('abort', leave)
  try {
    await Promise.race([over, within(JOIN_MS, 'joining the group', join())])
    if (!signal.aborted) await over
  } finally {
    left = true
    signal.removeEventListener('abort', leave)
    await within(LEAVE_MS, 'leaving the group', consumer.disconnect()).catch((error: unknown) => {
      log.debug({ err: error, group }, 'left the group without a word')
    })
  }
}

/** The client restarts itself after some errors only; here it never does, a new one takes its place. */
function openClient({ kafka, group, gatherBytes = 1, gatherMs = 500 }: GroupOptions): Consumer {
  return kafka.client.consumer({
    groupId: kafka.prefix + group,
    allowAutoTopicCreation: false,
    sessionTimeout: SESSION_MS,
    rebalanceTimeout: REBALANCE_MS,
    heartbeatInterval: HEARTBEAT_MS,
    minBytes: gatherBytes,
    maxWaitTimeInMs: gatherMs,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  })
}
