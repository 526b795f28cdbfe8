import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { Variant } from '@stampede/contracts/sales'
import type { Tx } from '@stampede/kit/postgres'
import type { Shelf } from '../adapters/shelf-postgres.ts'
import type { SaleRow } from '../domain/sale.ts'
import { type ShelfDeps, ShelfStage, type Take } from './shelf-stage.ts'

const TRIES_MAX = 20

/** Takes units inside a transaction: `false` there are none, `again` somebody else was faster. */
export type Guard = (tx: Tx, claim: Claim) => Promise<boolean | 'again'>

/** The condition stands in the statement that takes: the row's own lock does the rest. */
const conditional: Guard = async (tx, { saleId, quantity }) => {
  const text = 'UPDATE shelf SET stock = stock - $2, version = version + 1 WHERE sale_id = $1 AND stock >= $2'
  return (await tx.query({ name: 'conditional', text, values: [saleId, quantity] })).rowCount === 1
}

/** Look, then write only if nobody wrote since; else look again. */
const optimistic: Guard = async (tx, { saleId, quantity }) => {
  const look = 'SELECT stock, version FROM shelf WHERE sale_id = $1'
  const { rows } = await tx.query<Seen>({ name: 'look-version', text: look, values: [saleId] })
  const seen = rows[0]
  if (!seen || seen.stock < quantity) return false
  const text =
    'UPDATE shelf SET stock = stock - $2, version = version + 1 WHERE sale_id = $1 AND version = $3'
  const values = [saleId, quantity, seen.version]
  return (await tx.query({ name: 'optimistic', text, values })).rowCount === 1 || 'again'
}

/** Look, and keep everybody else from looking until the commit. */
const forUpdate: Guard = async (tx, claim) => {
  const look = 'SELECT stock, version FROM shelf WHERE sale_id = $1 FOR UPDATE'
  const { rows } = await tx.query<Seen>({ name: 'for-update', text: look, values: [claim.saleId] })
  const seen = rows[0]
  if (!seen || seen.stock < claim.quantity) return false
  return conditional(tx, claim)
}

/** A row for each unit: everybody takes another one, and passes over those in other hands. */
const unitRows: Guard = async (tx, { claimId, saleId, quantity }) => {
  const text = `WITH free AS (
      SELECT number FROM unit WHERE sale_id = $1 AND claim_id IS NULL ORDER BY number LIMIT $2
      FOR UPDATE SKIP LOCKED
    )
    UPDATE unit u SET claim_id = $3 FROM free f WHERE u.sale_id = $1 AND u.number = f.number`
  const { rowCount } = await tx.query({ name: 'unit-rows', text, values: [saleId, quantity, claimId] })
  if (rowCount === quantity) return true
  // Passed over is not gone: whoever holds those units may yet put them back.
  const left = `SELECT count(*)::int AS left FROM (SELECT FROM unit WHERE sale_id = $1 AND claim_id IS NULL
    LIMIT $2) free`
  const { rows } = await tx.query<{ left: number }>({ name: 'left', text: left, values: [saleId, quantity] })
  return (rows[0]?.left ?? 0) + (rowCount ?? 0) >= quantity ? 'again' : false
}

interface Seen {
  readonly stock: number
  readonly version: number
}

const GUARDS = { guarded: conditional, optimistic, 'for-update': forUpdate, 'unit-rows': unitRows } as const

/** Postgres alone, one transaction for each claim: four ways to let it guard the stock. */
export function openDatabase(deps: ShelfDeps, variant: Variant): ShelfStage {
  const guard = GUARDS[variant as keyof typeof GUARDS]
  const put = ({ saleId, units }: SaleRow) => deps.shelf.putUnits(saleId, units)
  const way = { take: takeBy(guard, deps), ...(variant === 'unit-rows' && { put }) }
  return new ShelfStage('database', variant, deps, way)
}

export function takeBy(guard: Guard, { shelf, witness }: ShelfDeps): Take {
  const attempt = takeOnce(guard, shelf)
  return async (claim, sale, deadline) => {
    for (let tries = 1; tries <= TRIES_MAX; tries++) {
      const verdict = await attempt(claim, sale, deadline)
      if (verdict !== 'again') return verdict
      witness.figures(claim.saleId).retries++
    }
    return { refused: 'busy' }
  }
}

/** Enters the claim and takes its units, both or neither. */
export function takeOnce(guard: Guard, shelf: Shelf) {
  return async (
    claim: Claim,
    sale: SaleRow,
    deadline = Number.POSITIVE_INFINITY,
  ): Promise<Verdict | 'again'> => {
    let verdict: Verdict | 'again' = 'again'
    await shelf
      .transaction(claim.saleId, async (tx) => {
        if (performance.now() >= deadline) {
          verdict = { refused: 'late' }
          throw new Undo()
        }
        const entered = await shelf.enter(claim, sale, tx)
        const took = 'won' in entered && (await guard(tx, claim))
        if (took === true) verdict = entered as Verdict
        else if (took !== 'again') verdict = { refused: 'lost' in entered ? LOST[entered.lost] : 'sold-out' }
        if (took !== true) throw new Undo()
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undo)) throw error
      })
    return verdict
  }
}

const LOST = { twice: 'busy', limit: 'limit' } as const

/** Leaves the transaction without a trace. */
class Undo extends Error {}
