import type { Revival } from '@stampede/contracts/claims'
import { segmentIds } from '@stampede/contracts/ids'
import { type Pool, transaction } from '@stampede/kit/postgres'

/**
 * How a reservation stands to the order that wants it again. `held`: it was not released, and from now on
 * lets pass what is told of an earlier version. `refused`: it has followed a later one, is void, of another
 * buyer or of a stage that does not revive. Else it was released.
 */
export type Standing = 'held' | 'refused' | Released

/** The units must be taken again, from this row, which is one of the sale's segments. */
export interface Released {
  readonly shelfId: string
  readonly segments: readonly string[]
}

/** `stale`: the units were taken in a view that has been replaced. */
export type Revived = 'held' | 'refused' | 'sold-out' | 'limit' | 'stale'

type Stand = Record<'state' | 'shelfId' | 'stage', string> & { readonly segments: number }

const STAND = `
UPDATE reservation r SET version = CASE WHEN r.state IN ('held', 'sold') THEN $2 ELSE r.version END
FROM sale s
WHERE r.claim_id = $1 AND r.state <> 'void' AND r.version <= $2 AND s.sale_id = r.sale_id
  AND coalesce(s.parent_id, s.sale_id) = $3 AND r.user_id = $4 AND r.quantity = $5
RETURNING r.state, r.sale_id AS "shelfId", s.stage,
  (SELECT segments FROM sale WHERE sale_id = $3) AS segments`

// By itself, so that the next statement sees what the rows it waited for have become. In the ledger's order:
// reservation, buyer, then the sale.
const LOCK = `
WITH mine AS (SELECT sale_id, user_id FROM reservation WHERE claim_id = $1 FOR UPDATE)
SELECT FROM buyer_use u JOIN mine m ON m.sale_id = u.sale_id AND m.user_id = u.user_id FOR UPDATE OF u`

const REVIVE = `
WITH held AS (
  UPDATE reservation SET state = 'held', version = $2, revived_at = now()
  WHERE claim_id = $1 AND state = 'released' AND version <= $2
  RETURNING sale_id, user_id, quantity
), used AS (
  UPDATE buyer_use u SET used = u.used + h.quantity FROM held h
  WHERE u.sale_id = h.sale_id AND u.user_id = h.user_id
  RETURNING 1
), taken AS (
  UPDATE sale s SET available = s.available - h.quantity, reserved = s.reserved + h.quantity FROM held h
  WHERE s.sale_id = h.sale_id AND s.epoch = $3 AND (SELECT count(*) FROM used) = 1
  RETURNING 1
)
SELECT (SELECT count(*) FROM held)::int AS held, (SELECT count(*) FROM taken)::int AS taken`

const REFUSED = { sale_no_oversell: 'sold-out', buyer_use_limit: 'limit' } as const

/** Asks how the claim's reservation stands, and keeps it if it is held or sold. */
export async function standOf(pool: Pool, claim: Revival): Promise<Standing> {
  const { claimId, version, saleId, userId, quantity } = claim
  const values = [claimId, version, saleId, userId, quantity]
  const { rows } = await pool.query<Stand>(STAND, values)
  const row = rows[0]
  if (!row) return 'refused'
  if (row.state !== 'released') return 'held'
  if (row.stage !== 'hybrid') return 'refused'
  return { shelfId: row.shelfId, segments: segmentIds(saleId, row.segments) }
}

/**
 * Holds a released reservation again, its units having been taken in the view of that epoch: all or nothing,
 * and the CHECKs have the last word. Throws when the outcome is unknown.
 */
export async function holdAgain(pool: Pool, claim: Revival, epoch: number): Promise<Revived> {
  try {
    return await transaction(pool, async (tx) => {
      tx.send(LOCK, [claim.claimId])
      const values = [claim.claimId, claim.version, epoch]
      const { rows } = await tx.query<{ held: number; taken: number }>(REVIVE, values)
      if (rows[0]?.held !== 1) return 'refused'
      if (rows[0].taken !== 1) throw new Stale()
      return 'held'
    })
  } catch (error) {
    if (error instanceof Stale) return 'stale'
    const { constraint } = error as { constraint?: string }
    const refused = REFUSED[constraint as keyof typeof REFUSED]
    if (refused) return refused
    throw error
  }
}

/** Leaves the transaction without a trace. */
class Stale extends Error {}
