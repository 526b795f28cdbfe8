import { type Connection, type Pool, snapshot } from '@stampede/kit/postgres'
import type { Look } from '@stampede/kit/watch/book-watch'
import { ORPHAN_SECONDS } from './audit-postgres.ts'

const LOOK_MS = 30_000
const SALES_MAX = 1_000

// Sales are current as long as their gate stands, and while units of theirs are held. A claim's id begins
// with the time of its sale's, so the primary key finds the claims of a sale and no others.
const BOOKS = `
WITH current AS (
  SELECT sale_id, units, available, reserved, sold FROM sale
  WHERE stage = 'hybrid' AND (ends_at > now() - interval '1 hour' OR reserved > 0)
  ORDER BY sale_id DESC LIMIT ${SALES_MAX}
), claims AS (
  SELECT r.sale_id, coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
         coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0) AS sold,
         coalesce(sum(quantity) FILTER (WHERE state = 'held'
           AND greatest(expires_at, revived_at) < now() - interval '${ORPHAN_SECONDS} seconds'), 0) AS stuck
  FROM (SELECT DISTINCT left(sale_id::text, 14) AS time FROM current) AS began
  JOIN reservation r ON r.claim_id > (time || '0000-0000-000000000000')::uuid
    AND r.claim_id <= (time || 'ffff-ffff-ffffffffffff')::uuid
  GROUP BY r.sale_id
), uses AS (
  SELECT sale_id, sum(used) AS used FROM current JOIN buyer_use USING (sale_id) GROUP BY sale_id
), books AS (
  SELECT s.*, coalesce(c.held, 0) AS held, coalesce(c.sold, 0) AS sold_rows, coalesce(c.stuck, 0) AS stuck,
         coalesce(u.used, 0) AS used
  FROM current s LEFT JOIN claims c USING (sale_id) LEFT JOIN uses u USING (sale_id)
)
SELECT count(*) FILTER (WHERE available + reserved + sold <> units
         OR least(available, reserved, sold) < 0)::int AS "brokenSales",
       coalesce(sum(abs(reserved - held) + abs(sold - sold_rows) + abs(used - held - sold_rows)), 0)::int
         AS "miscountedUnits",
       coalesce(sum(greatest(0, held + sold_rows - units)), 0)::int AS "oversoldUnits",
       coalesce(sum(stuck), 0)::int AS "stuckUnits",
       coalesce(sum(available), 0)::int AS "availableUnits", coalesce(sum(reserved), 0)::int AS "heldUnits",
       coalesce(sum(sold), 0)::int AS "soldUnits"
FROM books`

type Books = Record<(typeof FAULTS)[number] | 'availableUnits' | 'heldUnits' | 'soldUnits', number>
const FAULTS = ['brokenSales', 'miscountedUnits', 'oversoldUnits', 'stuckUnits'] as const

/**
 * Compares the counters of current sales with their rows, in one snapshot, where nothing is ever in passing.
 * `brokenSales`: available + reserved + sold is not what there was. `miscountedUnits`: between counters,
 * reservations and what buyers have. `stuckUnits`: held long after their orders must have ended. Where the
 * units of all these sales are is only counted: `availableUnits`, `heldUnits`, `soldUnits`.
 */
export function lookAtBooks(pool: Pool): Look {
  return async (signal) => {
    const client = await pool.connect()
    let pid: number | undefined
    const callOff = () => pool.query('SELECT pg_cancel_backend($1)', [pid]).catch(() => undefined)
    signal.addEventListener('abort', callOff)
    try {
      pid = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid
      signal.throwIfAborted()
      const books = await snapshot(client, readBooks)
      return Object.entries(books).map(([name, value]) => ({
        name,
        value,
        ...(isFault(name) && { limit: 0 }),
      }))
    } finally {
      signal.removeEventListener('abort', callOff)
      // Called off, it is nobody else's: what calls off the look may come late, and would hit another's work.
      client.release(signal.aborted)
    }
  }
}

async function readBooks(tx: Connection): Promise<Books> {
  // The planner cannot see how few rows a range of ids holds, and would read the whole table for each.
  await tx.query(`SET LOCAL statement_timeout = ${LOOK_MS}; SET LOCAL enable_seqscan = off`)
  const { rows } = await tx.query<Books>({ text: BOOKS, query_timeout: LOOK_MS })
  return rows[0] as Books
}

function isFault(name: string): boolean {
  return (FAULTS as readonly string[]).includes(name)
}
