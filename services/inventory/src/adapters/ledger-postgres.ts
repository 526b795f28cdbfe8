import type { Reservation } from '@stampede/contracts/claims'
import { type OrderChanged, RESERVATIONS_MAX } from '@stampede/contracts/events'
import { tell } from '@stampede/kit/events/outbox'
import { column, type Pool, type Tx, transaction } from '@stampede/kit/postgres'
import { type SegmentClaim, shelfOf } from '../domain/segment.ts'
import { FREE, HOLD, LOOK, MOVE, SELL, VOID } from './ledger-sql.ts'

/** A claim that took units in the gate, on its way into the ledger. */
export interface Entry {
  readonly claim: SegmentClaim
  readonly epoch: number
  readonly stamp: number
}

/**
 * What the ledger made of an entry.
 * `void`: the reconciler was first and gave the units back. `stale`: taken in a view that is no longer valid.
 * `sold-out`, `limit`: the view was wrong, and the ledger's CHECKs refused.
 */
export type Entered =
  | { readonly held: Reservation }
  | { readonly lost: 'void' | 'stale' | 'sold-out' | 'limit' | 'unknown-sale' }

export interface VoidClaim {
  readonly claimId: string
  readonly stamp: number
  readonly userId: string
}

export interface Freed {
  readonly claimId: string
  readonly saleId: string
}

interface Row {
  claim_id: string
  sale_id: string
  user_id: string
  trace_id: string
  quantity: number
  state: string
  reserved_at: number
  expires_at: number
  price_cents: number
  currency: string
}

type HeldRow = [
  at: number,
  priceCents: number,
  currency: string,
  reservedAt: number,
  expiresAt: number,
  counted: boolean,
]

const SOURCE = 'urn:stampede:inventory'
const CHECK_VIOLATION = '23514'

/**
 * The ledger: the rows that make a yes true. One transaction enters a batch
 * of claims: reservations (the claim's id is the key, first writer wins),
 * units per buyer, the sale's counters, and the `stock.reserved` events.
 */
export class Ledger {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Enters a batch whose claim ids differ. One result per entry. Throws when the outcome is unknown. */
  async enter(entries: readonly Entry[]): Promise<Entered[]> {
    try {
      return await this.#enterTogether(entries)
    } catch (error) {
      if (error instanceof Stale) return this.#enterWithout(entries, error.saleIds)
      if (!isCheckViolation(error)) throw error
      if (entries.length === 1)
        return [{ lost: error.constraint === 'buyer_use_limit' ? 'limit' : 'sold-out' }]
    }
    // One claim breaks a CHECK and takes its batch with it:
    // each goes by itself, and only the guilty is refused.
    const results: Entered[] = []
    for (const entry of entries) results.push(...(await this.enter([entry])))
    return results
  }

  /** All or nothing. */
  async #enterTogether(entries: readonly Entry[]): Promise<Entered[]> {
    const found = await transaction(this.#pool, async (tx) => {
      const held = await hold(tx, entries)
      tellReserved(tx, held)
      const known = new Map(
        held.map((reservation) => [reservation.claimId, { held: reservation } as Entered]),
      )
      const others = entries.filter(({ claim }) => !known.has(claim.claimId))
      if (others.length > 0) for (const row of await look(tx, others)) known.set(row.claim_id, toEntered(row))
      return known
    })
    return entries.map(({ claim }) => found.get(claim.claimId) ?? { lost: 'unknown-sale' })
  }

  async #enterWithout(entries: readonly Entry[], stale: ReadonlySet<string>): Promise<Entered[]> {
    const live = entries.filter(({ claim }) => !stale.has(shelfOf(claim)))
    const entered = live.length > 0 ? await this.enter(live) : []
    const results = new Map(live.map(({ claim }, i) => [claim.claimId, entered[i] as Entered]))
    return entries.map(({ claim }) => results.get(claim.claimId) ?? { lost: 'stale' })
  }

  /**
   * Claims for good that these never came to be, unless they did: whoever writes a claim's row first wins, so
   * a batch paused for any length finds the void and loses. Answers the ids that are void now.
   */
  async voidClaims(saleId: string, claims: readonly VoidClaim[]): Promise<Set<string>> {
    const { rows } = await this.#pool.query<{ claim_id: string }>(VOID, [
      saleId,
      claims.map((claim) => claim.claimId),
      claims.map((claim) => claim.userId),
      claims.map((claim) => claim.stamp),
    ])
    return new Set(rows.map((row) => row.claim_id))
  }

  /** Returns the units of ended orders, once each, inside the transaction that marks their events as seen. */
  async free(tx: Tx, ended: readonly OrderChanged[]): Promise<Freed[]> {
    const { rows } = await tx.query<{ claim_id: string; sale_id: string }>(FREE, toVersions(ended))
    return rows.map((row) => ({ claimId: row.claim_id, saleId: row.sale_id }))
  }

  /** Moves units nobody has between segments; false when they are not there. */
  async move(from: string, to: string, units: number): Promise<boolean> {
    return (await this.#pool.query({ name: 'move', text: MOVE, values: [from, to, units] })).rowCount === 1
  }
}

/** What was held for paid orders is sold, in all stages, inside the transaction that notes their events. */
export async function sell(tx: Tx, paid: readonly OrderChanged[]): Promise<void> {
  await tx.query(SELL, toVersions(paid))
}

/** Two columns: which claims, and how far their orders have come. */
export function toVersions(orders: readonly OrderChanged[]): [claimIds: string, versions: string] {
  return [column(orders, ({ orderId }) => orderId), column(orders, ({ version }) => version)]
}

/** Enters the new ones among the claims and answers them. */
async function hold(tx: Tx, entries: readonly Entry[]): Promise<Reservation[]> {
  const values = [
    column(entries, ({ claim }) => claim.claimId),
    column(entries, ({ claim }) => shelfOf(claim)),
    column(entries, ({ claim }) => claim.userId),
    column(entries, ({ claim }) => claim.traceId),
    column(entries, ({ claim }) => claim.quantity),
    column(entries, ({ claim }) => claim.keyPrint),
    column(entries, ({ epoch }) => epoch),
    column(entries, ({ stamp }) => stamp),
  ]
  const { rows } = await tx.query<HeldRow>({ name: 'hold', text: HOLD, values, rowMode: 'array' })
  const claims = rows.map(([at]) => (entries[at - 1] as Entry).claim)
  const stale = claims.filter((_claim, i) => !rows[i]?.[5])
  if (stale.length > 0) throw new Stale(new Set(stale.map(shelfOf)))
  const iso = isoTimes()
  return claims.map(({ claimId, saleId, userId, quantity, traceId }, i) => {
    const [, unitPriceCents, currency, reservedAt, expiresAt] = rows[i] as HeldRow
    const times = { reservedAt: iso(reservedAt), expiresAt: iso(expiresAt) }
    return { claimId, saleId, userId, quantity, unitPriceCents, currency, ...times, traceId }
  })
}

/** Times of a batch are few and alike: each is written out once. */
function isoTimes(): (ms: number) => string {
  const known = new Map<number, string>()
  return (ms) => {
    const iso = known.get(ms) ?? new Date(ms).toISOString()
    known.set(ms, iso)
    return iso
  }
}

async function look(tx: Tx, entries: readonly Entry[]): Promise<Row[]> {
  const values = [entries.map(({ claim }) => claim.claimId)]
  return (await tx.query<Row>({ name: 'look', text: LOOK, values })).rows
}

/** Tells of reservations, if the transaction commits. */
export function tellReserved(tx: Tx, held: readonly Reservation[]): void {
  const facts = Array.from({ length: Math.ceil(held.length / RESERVATIONS_MAX) }, (_, i) => {
    const reservations = held.slice(i * RESERVATIONS_MAX, (i + 1) * RESERVATIONS_MAX)
    const { claimId, reservedAt } = reservations[0] as Reservation
    return { id: `${claimId}.reserved`, subject: claimId, time: reservedAt, data: { reservations } }
  })
  tell(tx, { source: SOURCE, topic: 'stock.reserved', facts })
}

function toEntered(row: Row): Entered {
  return row.state === 'void' ? { lost: 'void' } : { held: toReservation(row) }
}

function toReservation(row: Row): Reservation {
  return {
    claimId: row.claim_id,
    saleId: row.sale_id,
    userId: row.user_id,
    quantity: row.quantity,
    unitPriceCents: row.price_cents,
    currency: row.currency,
    reservedAt: new Date(row.reserved_at).toISOString(),
    expiresAt: new Date(row.expires_at).toISOString(),
    traceId: row.trace_id.replaceAll('-', ''),
  }
}

function isCheckViolation(error: unknown): error is Error & { constraint?: string } {
  return (error as { code?: string }).code === CHECK_VIOLATION
}

/** Claims were taken in views of these sales that have been replaced since. */
class Stale extends Error {
  readonly saleIds: ReadonlySet<string>

  constructor(saleIds: ReadonlySet<string>) {
    super('the view has been replaced')
    this.saleIds = saleIds
  }
}
