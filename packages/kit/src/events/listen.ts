import type { Topic } from '@stampede/contracts/events'
import type { EachBatchPayload } from 'kafkajs'
import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import { type KafkaLink, useAdmin } from './kafka.ts'
import { stayJoined } from './membership.ts'

/** In a rush keys are handed over in bunches, at most so late: an answer for each event would cost more. */
const GATHER_BYTES = 16 * 1024
const GATHER_MS = 100
const LEAVE_MS = 4_000
const FORGET_MS = 2_000

export interface ListenOptions {
  readonly kafka: KafkaLink
  readonly log: Log
  /** Nobody else's: what two share, each would hear only half of. It is deleted in the end. */
  readonly group: string
  readonly topics: readonly Topic[]
  /** Called with the key of each event, as it is on the wire: the subject. It must be quick. */
  readonly onKey: (key: string) => void
  /** From now on nothing is missed. What happened before, also while Kafka was away, was not heard. */
  readonly onListening: () => void
}

export interface Listener {
  /** Leaves and deletes the group; waits at most 6 s. */
  close(): Promise<void>
}

/**
 * Listens to topics from now on, for those who only want to know about whom there is news. Nothing is
 * committed and nothing comes again; values are not even looked at. Kafka may be away.
 */
export function openListener(options: ListenOptions): Listener {
  const { kafka, log, group, onKey, onListening } = options
  const closing = new AbortController()
  let joined = false

  async function consume({ batch, resolveOffset }: EachBatchPayload): Promise<void> {
    for (const { key } of batch.messages) if (key) onKey(key.toString('latin1'))
    resolveOffset(batch.lastOffset())
  }

  const finished = stayJoined({
    ...{ kafka, log, group, topics: options.topics, consume, fromNow: true },
    ...{ gatherBytes: GATHER_BYTES, gatherMs: GATHER_MS, signal: closing.signal },
    onJoin: () => {
      joined = true
    },
    // Where "now" is, the client asks between joining and its first fetch.
    onFetch: () => {
      if (joined) onListening()
      joined = false
    },
    onLost: () => {
      joined = false
    },
  })

  return {
    async close() {
      closing.abort()
      const groupIds = [kafka.prefix + group]
      const forget = () => useAdmin(kafka.client, (admin) => admin.deleteGroups(groupIds))
      try {
        await within(LEAVE_MS, 'leaving the group', finished)
        await within(FORGET_MS, 'deleting the group', forget())
      } catch (error) {
        // The broker forgets a group that is empty and committed nothing by itself.
        log.debug({ err: error, group }, 'left the group without a word')
      }
    },
  }
}
