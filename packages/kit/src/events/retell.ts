import type { Topic } from '@stampede/contracts/events'
import type { Tx } from '../postgres.ts'

// One relay at a time, for as long as its transaction; the others go on with what is new. The row itself is
// not locked: they mark in it how far their own events reach.
const FIND_SQL = `select topic, retell_below as below from topic_log where retell_below is not null
  and pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.' || topic, 0))
  order by retell_below desc limit 1`
const SPAN = 1_000
const SPAN_SQL = `select id, topic = $1 and sent_at is not null as due from outbox
  where id < $2 order by id desc limit ${SPAN}`
const ROWS_SQL = 'select id, topic, events from outbox where id = any($1::bigint[]) order by id'
const STEP_SQL = 'update topic_log set retell_below = $3 where topic = $1 and retell_below = $2'

export interface OutboxRow {
  readonly id: number
  readonly topic: Topic
  readonly events: string
}

/**
 * Tells again some of what is kept of a lost log, at most `rowsMax` rows: the newest first, which are those
 * that consumers had not come to. False if there is nothing of the kind left to do.
 */
export async function retellSome(
  tx: Tx,
  rowsMax: number,
  send: (rows: readonly OutboxRow[]) => Promise<void>,
): Promise<boolean> {
  const found = await tx.query<{ topic: Topic; below: number }>(FIND_SQL)
  const [lost] = found.rows
  if (!lost) return false
  const { rows: span } = await tx.query<{ id: number; due: boolean }>(SPAN_SQL, [lost.topic, lost.below])
  const due = span.filter((row) => row.due).slice(0, rowsMax)
  if (due.length > 0) {
    const { rows } = await tx.query<OutboxRow>(ROWS_SQL, [due.map(({ id }) => id)])
    await send(rows)
  }
  // Rows of other topics count as well: a rare topic costs no long search, the next step goes on from here.
  const at = due.length === rowsMax ? due.at(-1)?.id : span.length === SPAN ? span.at(-1)?.id : null
  tx.send(STEP_SQL, [lost.topic, lost.below, at])
  return true
}
