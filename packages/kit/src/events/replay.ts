import type { Topic } from '@stampede/contracts/events'
import { type Pool, type Tx, transaction } from '../postgres.ts'
import { nameOf } from '../tracing/spans.ts'
import { wallMs } from '../tracing/wall-clock.ts'
import { type AfterCommit, type Apply, applyNew } from './deliver.ts'
import { type EventOf, readEvent } from './envelope.ts'
import { isOutage } from './outage.ts'
import { countTry, keepTry } from './try.ts'

/** What became of a dead letter somebody wanted to be worked on again. */
export type Replay = 'replayed' | 'not_found' | { readonly failed: string }

export interface ReplayOptions<T extends Topic> {
  /** Whose letters: the group under which they were given up. */
  readonly consumer: string
  readonly pool: Pool
  readonly apply: Apply<T>
  readonly inbox: boolean
  readonly topics: readonly T[]
}

/** Dead letters stay for ever: one that is worked on for the second time is refused by this column. */
export const LOCK_LETTER_SQL = `select topic, value, replayed_at as "replayedAt" from dead_letter
  where id = $1 and consumer = $2 for update`
export const REPLAYED_SQL = 'update dead_letter set replayed_at = now() where id = $1'

interface Letter<T extends Topic> {
  readonly topic: T
  readonly value: string | null
  readonly replayedAt: Date | null
}

/**
 * Brings a dead letter to its effect: in one transaction with the note that it has been replayed, by the same
 * way as a message from Kafka. Rejects only when Postgres is away.
 */
export async function replayLetter<T extends Topic>(options: ReplayOptions<T>, id: string): Promise<Replay> {
  let after: AfterCommit | undefined
  const events: EventOf<T>[] = []
  const begun = { consumer: options.consumer, events, startMs: wallMs() }
  let end: Replay
  try {
    end = await transaction(options.pool, async (tx): Promise<Replay> => {
      const { rows } = await tx.query<Letter<T>>(LOCK_LETTER_SQL, [id, options.consumer])
      const [letter] = rows
      if (!letter) return 'not_found'
      if (letter.replayedAt) return { failed: `it was replayed at ${letter.replayedAt.toISOString()}` }
      const event = readLetter(options, letter)
      if ('flaw' in event) return { failed: event.flaw }
      events.push(event.event)
      after = await applyNew(options, tx, events)
      return markReplayed(tx, id)
    })
  } catch (error) {
    if (isOutage(error)) throw error
    keepTry(countTry({ ...begun, failed: nameOf(error) }))
    return { failed: String(error) }
  }
  await runAfter(after)
  keepTry(countTry(begun))
  return end
}

/** Notes it in the transaction of the effect. */
export function markReplayed(tx: Tx, id: string): 'replayed' {
  tx.send(REPLAYED_SQL, [id])
  return 'replayed'
}

/** What is done after a commit may as well be lost; the effect stands. */
async function runAfter(after: AfterCommit | undefined): Promise<void> {
  try {
    await after?.()
  } catch {
    // as if the process had died here
  }
}

function readLetter<T extends Topic>({ topics }: ReplayOptions<T>, { topic, value }: Letter<T>) {
  if (topics.includes(topic)) return readEvent(topic, value)
  return { flaw: `${topic} is not heard here any more` }
}
