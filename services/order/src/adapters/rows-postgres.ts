import type { Reservation } from '@stampede/contracts/claims'
import { column, type Tx } from '@stampede/kit/postgres'
import { tellPlaced } from './news-outbox.ts'

// Sorted, so that two writers who meet the same orders take them in the same sequence: they may wait for each
// other, but never in a circle.
const INSERT = {
  name: 'insert-orders',
  text: `insert into orders
      (user_id, order_id, sale_id, trace_id, placed_at, expires_at, quantity, unit_price_cents, currency)
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::timestamptz[],
      $7::int[], $8::int[], $9::text[]) as won (user_id, order_id)
    order by order_id
    on conflict do nothing
    returning order_id`,
  rowMode: 'array',
} as const

/**
 * Makes the orders of reservations and tells of them; orders that exist already stay as they are. Returns
 * the new ones. The order's key is the buyer's idempotency: whoever writes it first, it is written once.
 */
export async function insertOrders(tx: Tx, won: readonly Reservation[]): Promise<readonly Reservation[]> {
  const values = [
    column(won, (each) => each.userId),
    column(won, (each) => each.claimId),
    column(won, (each) => each.saleId),
    column(won, (each) => each.traceId),
    column(won, (each) => each.reservedAt),
    column(won, (each) => each.expiresAt),
    column(won, (each) => each.quantity),
    column(won, (each) => each.unitPriceCents),
    column(won, (each) => each.currency),
  ]
  const { rows } = await tx.query<[string]>({ ...INSERT, values })
  if (rows.length === 0) return []
  const fresh = new Set(rows.map(([orderId]) => orderId))
  // delete, so that a reservation listed twice is told once
  const placed = won.filter((each) => fresh.delete(each.claimId))
  tellPlaced(tx, placed)
  return placed
}
