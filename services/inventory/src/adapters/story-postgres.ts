import type { ServiceStory, Step } from '@stampede/contracts/story'
import type { Pool } from '@stampede/kit/postgres'
import { findLetters } from '@stampede/kit/story/letters'
import { findNews } from '@stampede/kit/story/news'

interface Row {
  readonly userId: string
  readonly traceId: string
  readonly reservedAt: Date
  readonly revivedAt: Date | null
  readonly version: number
}

const FIND_SQL = `select user_id as "userId", trace_id as "traceId", reserved_at as "reservedAt",
    revived_at as "revivedAt", version
  from reservation where claim_id = $1 and state <> 'void'`
// The inbox is found by the ids of events: those of all versions the reservation can have followed.
const HEARD_SQL = `select split_part(event_id, '.', 2) as how, seen_at as "seenAt" from inbox
  where consumer = 'inventory' and event_id = any(
    select $1 || '.' || how || '.' || version
    from unnest(array['paid', 'cancelled', 'expired', 'refunded']) as how,
      generate_series(1, $2::int) as version)`

type How = 'paid' | 'cancelled' | 'expired' | 'refunded'

/** How a reservation came to be and followed its order; undefined when there is none. */
export async function readReservationStory(pool: Pool, orderId: string): Promise<ServiceStory | undefined> {
  const { rows } = await pool.query<Row>(FIND_SQL, [orderId])
  const letters = await findLetters(pool, orderId)
  const [row] = rows
  if (!row) return letters.length > 0 ? { steps: letters } : undefined
  const reservedAt = row.reservedAt.toISOString()
  const steps: Step[] = [
    { what: 'inventory ledger', at: reservedAt },
    ...(row.revivedAt ? [{ what: 'units held again', at: row.revivedAt.toISOString() } as const] : []),
    ...(await findNews(pool, orderId, [{ topic: 'stock.reserved', at: reservedAt }])),
    ...(await findHeard(pool, orderId, row.version)),
    ...letters,
  ]
  return { userId: row.userId, traceId: row.traceId.replaceAll('-', ''), steps }
}

async function findHeard(pool: Pool, orderId: string, version: number): Promise<Step[]> {
  const { rows } = await pool.query<{ how: How; seenAt: Date }>(HEARD_SQL, [orderId, version])
  return rows.map(({ how, seenAt }) => ({
    what: `process order.${how} by inventory`,
    at: seenAt.toISOString(),
  }))
}
