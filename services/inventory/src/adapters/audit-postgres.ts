import { PAYING_HOLD_SECONDS_MAX } from '@stampede/contracts/payments'
import type { Audit } from '@stampede/contracts/sales'
import { type Connection, type Pool, snapshot } from '@stampede/kit/postgres'
import { claimRange } from './view-postgres.ts'

/**
 * A reservation outlives its order's window by this much before its units count as orphaned: a payment may be
 * under way for so long, and two minutes more are for the sweep that expires it and the event that says so.
 */
export const ORPHAN_SECONDS = PAYING_HOLD_SECONDS_MAX + 120
const AUDIT_MS = 30_000

const AUDIT = `
WITH family AS (
  SELECT * FROM sale WHERE sale_id = $1 OR parent_id = $1
), claims AS (
  SELECT count(*) AS n, count(DISTINCT claim_id) AS different,
         coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0)::int AS held,
         coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0)::int AS sold,
         coalesce(sum(quantity) FILTER (WHERE state = 'held'
           AND greatest(expires_at, revived_at) < now() - interval '${ORPHAN_SECONDS} seconds'), 0)::int
           AS orphaned
  FROM reservation WHERE claim_id > $2 AND claim_id <= $3 AND sale_id IN (SELECT sale_id FROM family)
), buyers AS (
  SELECT user_id, sum(quantity) AS units FROM reservation
  WHERE claim_id > $2 AND claim_id <= $3 AND sale_id IN (SELECT sale_id FROM family)
    AND state IN ('held', 'sold') GROUP BY user_id
), uses AS (
  SELECT coalesce(sum(used), 0)::int AS used FROM buyer_use WHERE sale_id IN (SELECT sale_id FROM family)
), whole AS (
  SELECT count(*) AS rows, sum(units)::int AS units, sum(available)::int AS available,
         sum(reserved)::int AS reserved, sum(sold)::int AS sold, min(limit_per_user) AS limit_per_user
  FROM family
), shelved AS (
  SELECT coalesce((SELECT count(*) FILTER (WHERE claim_id IS NULL) FROM unit WHERE sale_id = $1
    HAVING count(*) > 0), (SELECT stock FROM shelf WHERE sale_id = $1))::int AS stock
)
SELECT s.units AS initial, coalesce(f.stock, s.available) AS available,
       CASE WHEN f.stock IS NULL THEN s.reserved ELSE c.held END AS reserved,
       CASE WHEN f.stock IS NULL THEN s.sold ELSE c.sold END AS sold,
       c.held, c.sold AS sold_rows, c.orphaned, u.used, (c.n - c.different)::int AS duplicates,
       (SELECT count(*) FROM buyers b WHERE b.units > s.limit_per_user)::int AS breaches
FROM claims c, uses u, shelved f, whole s WHERE s.rows > 0`

/**
 * The settlement of a sale: counters against rows, in one snapshot. Undefined: no such sale. The story's
 * stages have no counters of what is held or sold, only stock on a shelf.
 */
export async function audit(pool: Pool, saleId: string): Promise<Audit | undefined> {
  const client = await pool.connect()
  try {
    return await snapshot(client, (tx) => settle(tx, saleId))
  } finally {
    client.release()
  }
}

async function settle(tx: Connection, saleId: string): Promise<Audit | undefined> {
  await tx.query(`SET LOCAL statement_timeout = ${AUDIT_MS}`)
  const { rows } = await tx.query({
    text: AUDIT,
    values: [saleId, ...claimRange(saleId)],
    query_timeout: AUDIT_MS,
  })
  const books = rows[0]
  if (!books) return undefined
  const { initial, available, reserved, sold, orphaned, duplicates, breaches: limitBreaches } = books
  const oversold = Math.max(0, books.held + books.sold_rows - initial)
  const counted = reserved === books.held && sold === books.sold_rows && books.used === reserved + sold
  const faults = oversold + orphaned + duplicates + limitBreaches
  const consistent = counted && initial === available + reserved + sold && faults === 0
  return {
    saleId,
    initial,
    available,
    reserved,
    sold,
    oversold,
    orphaned,
    duplicates,
    limitBreaches,
    consistent,
  }
}
