import type { Pool } from '../postgres.ts'
import type { Look } from './book-watch.ts'

/** Longer than the relay's longest pause between tries. */
const UNTOLD_MS = 5_000
const LETTERS_MAX = 1_000

// By id, for the index of what is unsent has no other order; ids are drawn shortly before the row is written.
const OLDEST_SQL = `select extract(epoch from now() - created_at)::float8 * 1000 as ms
  from outbox where sent_at is null order by id limit 1`
const LETTERS_SQL = `select count(*)::int as n from (
  select from dead_letter where replayed_at is null limit ${LETTERS_MAX}) as open`

/** Of a service that tells: how long the oldest event in its outbox has been waiting. */
export function lookAtOutbox(pool: Pool): Look {
  return async () => {
    const { rows } = await pool.query<{ ms: number }>(OLDEST_SQL)
    const value = Math.round(rows[0]?.ms ?? 0)
    return [{ name: 'outboxOldestMs', value, limit: UNTOLD_MS, forMs: 5_000 }]
  }
}

/** Of a service that hears: dead letters nobody has replayed, counted up to 1,000. */
export function lookAtLetters(pool: Pool): Look {
  return async () => {
    const { rows } = await pool.query<{ n: number }>(LETTERS_SQL)
    return [{ name: 'deadLetters', value: rows[0]?.n ?? 0, limit: 0 }]
  }
}
