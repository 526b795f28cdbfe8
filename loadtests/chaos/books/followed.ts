import type { Client } from 'pg'
import { openSettling } from '../../demo/books/settling.ts'
import { RETURN_MS, type Span } from '../../demo/books/timeline.ts'

/** How soon the ledger freed the units of orders that ended. */
export interface Followed {
  readonly ends: number
  /** Later than ten seconds after all had recovered that was broken on the way; five, if nothing was. */
  readonly late: number
  /** The longest of those, from the end of the order. */
  readonly slowestMs: number
}

const ENDS = `
SELECT extract(epoch FROM at)::float8 * 1000 AS at, extract(epoch FROM seen_at)::float8 * 1000 AS seen
FROM our_end WHERE seen_at IS NOT NULL`

/** `our_end` is that of the books; `faults` those on the way of an event from the order to the ledger. */
export async function countFollowed(client: Client, faults: readonly Span[]): Promise<Followed> {
  const { rows } = await client.query<{ at: number; seen: number }>(ENDS)
  const settle = openSettling(faults)
  const late = rows.filter(({ at, seen }) => seen > settle(at) + RETURN_MS)
  const slowestMs = late.reduce((most, { at, seen }) => Math.max(most, seen - at), 0)
  return { ends: rows.length, late: late.length, slowestMs }
}
