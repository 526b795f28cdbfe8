import type { Topic } from '@stampede/contracts/events'
import type { Pool, Tx } from '../postgres.ts'
import type { EventOf } from './envelope.ts'

/** A message as it came, and from where. `topic` is our name for it, without the prefix. */
export interface Message<T extends Topic> {
  readonly topic: T
  readonly partition: number
  readonly offset: string
  readonly sentAt: Date
  readonly key: string | null
  readonly value: string | null
}

/** A message that cannot be worked on, and why. */
export interface Dead<T extends Topic> {
  readonly message: Message<T>
  readonly reason: string
}

// Sorted, so that two processes with overlapping events wait for each other instead of deadlocking.
const KEEP_SQL = `insert into inbox (consumer, event_id)
  select $1, id from unnest($2::text[]) as id order by id
  on conflict do nothing returning event_id as id`
const BURY_SQL = `insert into dead_letter
  (consumer, topic, partition, kafka_offset, sent_at, key, value, error)
  select $1, * from unnest($2::text[], $3::int[], $4::bigint[], $5::timestamptz[],
    $6::text[], $7::text[], $8::text[])
  on conflict do nothing`
/** Longer than the outbox keeps its rows, so a replayed event is still known. */
export const PRUNE_INBOX_SQL = `delete from inbox where ctid = any(array(
  select ctid from inbox where seen_at < now() - interval '8 days' limit 1000))`
const REASON_CHARS_MAX = 2_000

/** Notes the events as seen by this consumer and returns those it had not seen, each once. */
export async function keepNew<T extends Topic>(
  tx: Tx,
  consumer: string,
  events: readonly EventOf<T>[],
): Promise<EventOf<T>[]> {
  const ids = events.map(({ id }) => id)
  const { rows } = await tx.query<{ id: string }>(KEEP_SQL, [consumer, ids])
  const unseen = new Set(rows.map(({ id }) => id))
  return events.filter(({ id }) => unseen.delete(id))
}

/** Puts messages aside for a human. Burying one again changes nothing. */
export async function bury<T extends Topic>(
  pool: Pool,
  consumer: string,
  dead: readonly Dead<T>[],
): Promise<void> {
  await pool.query(BURY_SQL, [
    consumer,
    dead.map(({ message }) => message.topic),
    dead.map(({ message }) => message.partition),
    dead.map(({ message }) => message.offset),
    dead.map(({ message }) => message.sentAt),
    dead.map(({ message }) => storable(message.key)),
    dead.map(({ message }) => storable(message.value)),
    dead.map(({ reason }) => storable(reason.slice(0, REASON_CHARS_MAX))),
  ])
}

/** Postgres text cannot hold NUL; inside JSON its escape means the same. */
function storable(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\0', '\\u0000')
}
