import type { Claim, Reservation } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import { type Pool, type Tx, transaction } from '@stampede/kit/postgres'
import type { SaleRow } from '../domain/sale.ts'
import type { Witness } from '../stages/witness.ts'
import { toVersions } from './ledger-postgres.ts'

/** A pool, or a transaction of it. */
export type Db = Pick<Tx, 'query'>

/** What entering a claim's row came to; `twice`: its row was there already. */
export type EnteredOnce = { readonly won: Reservation } | { readonly lost: 'twice' | 'limit' }

const ENTER = `
WITH entered AS (
  INSERT INTO reservation
    (claim_id, sale_id, user_id, trace_id, quantity, key_print, stamp, state, reserved_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, 0, 'held', now(), now() + make_interval(secs => $7))
  ON CONFLICT DO NOTHING
  RETURNING reserved_at, expires_at
), used AS (
  INSERT INTO buyer_use AS u (sale_id, user_id, used, allowed)
  SELECT $2, $3, $5, $8 FROM entered
  ON CONFLICT (sale_id, user_id) DO UPDATE SET used = u.used + excluded.used
)
SELECT reserved_at, expires_at FROM entered`

const EARLIER = 'SELECT quantity, trace_id, reserved_at, expires_at FROM reservation WHERE claim_id = $1'

// Whose version is the greater has the last word, as in the ledger's own FREE.
const FREE = `
WITH input AS (
  SELECT claim_id, max(version) AS version FROM unnest($1::uuid[], $2::int[]) AS c(claim_id, version)
  GROUP BY 1
), mine AS (
  SELECT r.claim_id, c.version FROM reservation r JOIN input c ON c.claim_id = r.claim_id
  WHERE r.version < c.version
  ORDER BY r.claim_id FOR UPDATE OF r
), ended AS (
  UPDATE reservation r SET state = 'released', version = m.version FROM mine m
  WHERE r.claim_id = m.claim_id AND r.version < m.version
  RETURNING r.claim_id, r.sale_id, r.user_id, r.quantity, old.state AS was
), freed AS (
  SELECT * FROM ended WHERE was IN ('held', 'sold')
), buyers AS (
  SELECT u.sale_id, u.user_id FROM buyer_use u
  JOIN (SELECT DISTINCT sale_id, user_id FROM freed) f ON f.sale_id = u.sale_id AND f.user_id = u.user_id
  ORDER BY u.sale_id, u.user_id FOR UPDATE OF u
), unused AS (
  UPDATE buyer_use u SET used = u.used - f.units
  FROM (
    SELECT sale_id, user_id, sum(quantity)::int AS units, (SELECT count(*) FROM buyers) AS locked
    FROM freed GROUP BY 1, 2
  ) f
  WHERE u.sale_id = f.sale_id AND u.user_id = f.user_id AND f.locked >= 0
  RETURNING 1
), emptied AS (
  UPDATE unit SET claim_id = NULL WHERE claim_id IN (SELECT claim_id FROM freed)
)
UPDATE shelf s SET stock = s.stock + f.units, version = s.version + 1
FROM (SELECT sale_id, sum(quantity)::int AS units, array_agg(claim_id) AS claim_ids FROM freed GROUP BY 1) f
WHERE s.sale_id = f.sale_id AND (SELECT count(*) FROM unused) >= 0
RETURNING f.claim_ids`

const RAISE_FENCE = `
WITH raised AS (
  UPDATE shelf SET fence = $2 WHERE sale_id = $1 AND fence < $2 RETURNING stock
)
SELECT fence, (SELECT stock FROM raised) AS stock FROM shelf WHERE sale_id = $1`

const CHECK_VIOLATION = '23514'

/**
 * The article's row of stock, and what a shop keeps beside it: who won, and how much each buyer has. Nothing
 * here guards the stock; that is what the stages differ in.
 */
export class Shelf {
  readonly pool: Pool
  readonly #witness: Witness

  constructor(pool: Pool, witness: Witness) {
    this.pool = pool
    this.#witness = witness
  }

  /** Puts a sale's units on the shelf. Twice is once. */
  async put({ saleId, units }: SaleRow): Promise<void> {
    await this.pool.query('INSERT INTO shelf (sale_id, stock) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      saleId,
      units,
    ])
  }

  /** Sees that there is a row for each unit up to this number. */
  async putUnits(saleId: string, to: number): Promise<void> {
    const text = `INSERT INTO unit SELECT $1, n FROM generate_series(1, $2::int) n ON CONFLICT DO NOTHING`
    await this.pool.query(text, [saleId, to])
  }

  /** Puts more units on it. */
  async add(saleId: string, units: number): Promise<void> {
    const text = 'UPDATE shelf SET stock = stock + $2, version = version + 1 WHERE sale_id = $1'
    await this.pool.query(text, [saleId, units])
  }

  /** Units on the shelf, as one statement sees them. */
  async stock(saleId: string, db: Db = this.pool): Promise<number> {
    const text = 'SELECT stock FROM shelf WHERE sale_id = $1'
    const { rows } = await this.#counted(saleId, db).query<{ stock: number }>({
      name: 'stock',
      text,
      values: [saleId],
    })
    return rows[0]?.stock ?? 0
  }

  /** Units a buyer holds or has bought. */
  async usedBy(saleId: string, userId: string): Promise<number> {
    const text = 'SELECT used FROM buyer_use WHERE sale_id = $1 AND user_id = $2'
    const db = this.#counted(saleId, this.pool)
    const { rows } = await db.query<{ used: number }>({ name: 'used', text, values: [saleId, userId] })
    return rows[0]?.used ?? 0
  }

  /** Takes units away, whether they are there or not. */
  async take({ saleId, quantity }: Claim, db: Db = this.pool): Promise<void> {
    const text = 'UPDATE shelf SET stock = stock - $2, version = version + 1 WHERE sale_id = $1'
    await this.#counted(saleId, db).query({ name: 'take', text, values: [saleId, quantity] })
  }

  /**
   * Reads the stock and shuts out all holders of smaller tokens, in one statement: a holder that was
   * overtaken can no longer change what this one has read. No `stock`: `fence`, a token as great, was here
   * before.
   */
  async raiseFence(saleId: string, token: number): Promise<{ stock: number | undefined; fence: number }> {
    const query = { name: 'raise-fence', text: RAISE_FENCE, values: [saleId, token] }
    const { rows } = await this.#counted(saleId, this.pool).query<Fence>(query)
    return { stock: rows[0]?.stock ?? undefined, fence: rows[0]?.fence ?? 0 }
  }

  /** Takes units away unless a greater token has raised the fence. Units left, undefined if one has. */
  async takeFenced({ saleId, quantity }: Claim, token: number, db: Db): Promise<number | undefined> {
    const text = `UPDATE shelf SET stock = stock - $2, version = version + 1, fence = $3
      WHERE sale_id = $1 AND fence <= $3 RETURNING stock`
    const values = [saleId, quantity, token]
    const { rows } = await db.query<{ stock: number }>({ name: 'take-fenced', text, values })
    return rows[0]?.stock
  }

  /** Enters a claim that won into the books, unless its buyer would have too much. */
  async enter(claim: Claim, sale: SaleRow, db: Db = this.pool): Promise<EnteredOnce> {
    const { claimId, saleId, userId, traceId, quantity, keyPrint } = claim
    const values = [claimId, saleId, userId, traceId, quantity, keyPrint]
    const terms = [sale.paymentWindowSeconds, sale.limitPerUser]
    try {
      const { rows } = await this.#counted(saleId, db).query<Times>({
        name: 'enter',
        text: ENTER,
        values: [...values, ...terms],
      })
      return rows[0] ? { won: toReservation(claim, sale, rows[0]) } : { lost: 'twice' }
    } catch (error) {
      if ((error as { code?: string }).code === CHECK_VIOLATION) return { lost: 'limit' }
      throw error
    }
  }

  /** What this claim won before, whatever became of it. */
  async earlier(claim: Claim, sale: SaleRow): Promise<Reservation | undefined> {
    const { rows } = await this.#counted(claim.saleId, this.pool).query<Earlier>({
      name: 'earlier',
      text: EARLIER,
      values: [claim.claimId],
    })
    const row = rows[0]
    if (!row) return undefined
    const asked = { ...claim, quantity: row.quantity, traceId: row.trace_id.replaceAll('-', '') }
    return toReservation(asked, sale, row)
  }

  /** A transaction about a sale, on a connection of the small pool. */
  transaction<T>(saleId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    this.#counted(saleId, this.pool)
    return transaction(this.pool, work)
  }

  /** Returns units of ended orders, once each. Answers whose units came back now. */
  async free(tx: Db, ended: readonly OrderChanged[]): Promise<OrderChanged[]> {
    const orders = new Map(ended.map((order) => [order.orderId, order]))
    const { rows } = await tx.query<{ claim_ids: string[] }>(FREE, toVersions(ended))
    return rows.flatMap((row) => row.claim_ids).map((claimId) => orders.get(claimId) as OrderChanged)
  }

  async count(saleId: string): Promise<{ left: number; won: number }> {
    const text = `SELECT coalesce((SELECT count(*) FILTER (WHERE claim_id IS NULL) FROM unit u
        WHERE u.sale_id = s.sale_id HAVING count(*) > 0), stock)::int AS left,
      (SELECT coalesce(sum(quantity), 0)::int FROM reservation r
      WHERE r.sale_id = s.sale_id AND state IN ('held', 'sold')) AS won FROM shelf s WHERE sale_id = $1`
    const { rows } = await this.pool.query<{ left: number; won: number }>(text, [saleId])
    return rows[0] ?? { left: 0, won: 0 }
  }

  /** The pool is small on purpose: who had to wait for a connection, and who gave up, is counted. */
  #counted(saleId: string, db: Db): Db {
    if (db !== this.pool) return db
    const figures = this.#witness.figures(saleId)
    const { pool } = this
    if (pool.idleCount === 0 && pool.totalCount >= (pool.options.max ?? 0)) figures.poolWaits++
    return db
  }
}

interface Fence {
  readonly stock: number | null
  readonly fence: number
}

interface Times {
  readonly reserved_at: Date
  readonly expires_at: Date
}

interface Earlier extends Times {
  readonly quantity: number
  readonly trace_id: string
}

function toReservation(claim: Claim, sale: SaleRow, times: Times): Reservation {
  const { claimId, saleId, userId, quantity, traceId } = claim
  return {
    ...{ claimId, saleId, userId, quantity, traceId },
    unitPriceCents: sale.priceCents,
    currency: sale.currency,
    reservedAt: times.reserved_at.toISOString(),
    expiresAt: times.expires_at.toISOString(),
  }
}
