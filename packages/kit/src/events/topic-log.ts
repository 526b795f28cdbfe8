import type { Topic } from '@stampede/contracts/events'
import { type Pool, type Tx, transaction } from '../postgres.ts'
import type { Receipt } from './sender.ts'

/** What a service remembers of a topic it tells on: a row of `topic_log`. */
export interface TopicLog {
  readonly topic: Topic
  /** The broker's id of the topic. */
  readonly logId: string
  /** How many logs there have been, by what was noticed: one more with each that was lost. Begins at 1. */
  readonly generation: number
  /** For each partition the offset after the last that the broker has confirmed. */
  readonly ends: readonly number[]
  /** Whether some of what was lost with the log before is still to be told again. */
  readonly retelling: boolean
}

/** Events were told into a log that is not the one they should have gone into. */
export class LostLog extends Error {
  readonly log: TopicLog
  constructor(log: TopicLog) {
    super(`Kafka has lost ${log.topic}`)
    this.log = log
  }
}

// The driver hands out an array of int8 as strings.
const READ_SQL = `select topic, log_id as "logId", generation, ends::text[] as ends,
  retell_below is not null as retelling from topic_log`
const BEGIN_SQL = `insert into topic_log (topic, log_id) select * from unnest($1::text[], $2::text[])
  on conflict do nothing`
// Waits for nobody's mark: of two relays each may know of offsets the other does not.
const NOTE_SQL = `update topic_log as log set ends = (
    select array_agg(greatest(old, new) order by n)
    from unnest(log.ends, told.ends::bigint[]) with ordinality as each (old, new, n))
  from unnest($1::text[], $2::int[], $3::text[]) as told (topic, generation, ends)
  where log.topic = told.topic and log.generation = told.generation`
const LOSE_SQL = `update topic_log set generation = generation + 1, log_id = $3, ends = '{}'
  where topic = $1 and generation = $2`
// A statement of its own: it must see what those have committed for whom the first one waited.
const RETELL_SQL = `update topic_log set retell_below = (select coalesce(max(id), 0) + 1 from outbox)
  where topic = $1`

export async function readLogs(from: Pick<Tx, 'query'>): Promise<Map<string, TopicLog>> {
  const { rows } = await from.query<TopicLog>(READ_SQL)
  return new Map(rows.map((row) => [row.topic, { ...row, ends: row.ends.map(Number) }]))
}

/** Begins to remember topics; `ids` holds the broker's ids of them. */
export async function beginLogs(pool: Pool, ids: ReadonlyMap<Topic, string>): Promise<void> {
  await pool.query(BEGIN_SQL, [[...ids.keys()], [...ids.values()]])
}

/**
 * Remembers in the transaction that marks events as sent how far the logs reach now. `receipts` name our
 * topics, `logs` is what was known before the sending. Throws `LostLog` if a log has begun anew since.
 */
export async function noteEnds(
  tx: Tx,
  logs: ReadonlyMap<string, TopicLog>,
  receipts: readonly Receipt[],
): Promise<void> {
  const told = [...Map.groupBy(receipts, ({ topic }) => topic)].sort(([a], [b]) => (a < b ? -1 : 1))
  const known = told.map(([topic]) => logs.get(topic) as TopicLog)
  const ends = told.map(([, places], i) => mark(known[i] as TopicLog, places))
  const generations = known.map(({ generation }) => generation)
  const { rowCount } = await tx.query(NOTE_SQL, [told.map(([topic]) => topic), generations, ends])
  if (rowCount !== told.length) throw new Error('a log was found lost meanwhile; sending again')
}

/** Where each partition ends now, as an array literal. */
function mark(log: TopicLog, places: readonly Receipt[]): string {
  const ends: number[] = []
  for (const { partition, from, end } of places) {
    if (from < (ends[partition] ?? log.ends[partition] ?? 0)) throw new LostLog(log)
    ends[partition] = end
  }
  return `{${Array.from(ends, (end) => end ?? 0).join(',')}}`
}

/**
 * The log is lost, and the broker's id of the topic is `logId` now: all that is kept of the topic is due
 * again. False if somebody else had found out before.
 */
export function loseLog(pool: Pool, { topic, generation }: TopicLog, logId: string): Promise<boolean> {
  return transaction(pool, async (tx) => {
    const { rowCount } = await tx.query(LOSE_SQL, [topic, generation, logId])
    if (rowCount === 0) return false
    tx.send(RETELL_SQL, [topic])
    return true
  })
}
