import type { Claim, Reservation } from '@stampede/contracts/claims'
import type { SaleRow } from '../domain/sale.ts'
import { tellReserved } from './ledger-postgres.ts'
import type { Shelf } from './shelf-postgres.ts'
import { claimRange } from './view-postgres.ts'
import type { KnownClaim } from './wishes-redis.ts'

/** How a queued wish ended. */
export type Ended = { readonly won: Reservation } | { readonly refused: 'sold-out' | 'limit' }

const TAKE = 'UPDATE shelf SET stock = stock - $2, version = version + 1 WHERE sale_id = $1 AND stock >= $2'

// One statement, so that stock and claims are of one instant.
const READ = `SELECT s.stock, r.claim_id, r.user_id, r.quantity, r.state
  FROM shelf s LEFT JOIN reservation r
    ON r.sale_id = s.sale_id AND r.claim_id > $2 AND r.claim_id <= $3
  WHERE s.sale_id = $1`

interface Row {
  readonly stock: number
  readonly claim_id: string | null
  readonly user_id: string
  readonly quantity: number
  readonly state: string
}

/**
 * Enters a wish into the books, takes its units if they are there, and tells of it: all or nothing. Safe to
 * run twice, at once or later: the claim's id is the key of its row, and whoever comes second finds it.
 */
export async function enterWish(shelf: Shelf, claim: Claim, sale: SaleRow): Promise<Ended> {
  try {
    return await shelf.transaction(claim.saleId, async (tx) => {
      const entered = await shelf.enter(claim, sale, tx)
      if ('lost' in entered) throw new Lost(entered.lost)
      const { rowCount } = await tx.query({
        name: 'wish',
        text: TAKE,
        values: [claim.saleId, claim.quantity],
      })
      if (rowCount !== 1) throw new Lost('sold-out')
      tellReserved(tx, [entered.won])
      return entered
    })
  } catch (error) {
    if (!(error instanceof Lost)) throw error
    if (error.why !== 'twice') return { refused: error.why }
    const won = await shelf.earlier(claim, sale)
    if (!won) throw new Error('a claim was there and is not', { cause: error })
    return { won }
  }
}

/** What the books say of a sale's stock and claims. */
export async function readShelf(
  shelf: Shelf,
  saleId: string,
): Promise<{ stock: number; claims: KnownClaim[] }> {
  const { rows } = await shelf.pool.query<Row>(READ, [saleId, ...claimRange(saleId)])
  const claims = rows.flatMap(({ claim_id: claimId, user_id: userId, quantity, state }) =>
    claimId ? [{ claimId, userId, quantity, live: state === 'held' || state === 'sold' }] : [],
  )
  return { stock: rows[0]?.stock ?? 0, claims }
}

/** Leaves the transaction without a trace. */
class Lost extends Error {
  readonly why: 'twice' | 'limit' | 'sold-out'

  constructor(why: Lost['why']) {
    super(why)
    this.why = why
  }
}
