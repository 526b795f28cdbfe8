import type { Pool } from '@stampede/kit/postgres'
import type { Look } from '@stampede/kit/watch/book-watch'

const CALLS_MAX = 1_000
/** The sweep announces what is due every second. */
const OVERDUE_MS = 5_000

const OVERDUE_SQL = `select count(*)::int as n from (select from call
  where state = 'due' and try_at < now() - interval '30 s' limit ${CALLS_MAX}) as overdue`

/** Calls that were due half a minute ago and nobody took, counted up to 1,000. Dead ones are dead letters. */
export function lookAtCalls(pool: Pool): Look {
  return async () => {
    const { rows } = await pool.query<{ n: number }>(OVERDUE_SQL)
    return [{ name: 'overdueCalls', value: rows[0]?.n ?? 0, limit: 0, forMs: OVERDUE_MS }]
  }
}
