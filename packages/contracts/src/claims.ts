import Type, { type Static } from 'typebox'
import { Count, Currency, Id, strict, Time, TraceId } from './fields.ts'

/** Most claims that travel in one internal request. */
export const CLAIMS_MAX = 512

/** A buyer's wish for units of a sale. `claimId` is also the order's id; see `deriveOrderId`. */
export const Claim = Type.Object(
  {
    claimId: Id,
    saleId: Id,
    userId: Id,
    quantity: Count(1, 1000),
    keyPrint: Count(0, 0xffffffff),
    traceId: TraceId,
  },
  strict,
)
export type Claim = Static<typeof Claim>

/** A batch on its way down. `budgetMs`: what is left of the shortest deadline in it. */
export const ClaimBatch = Type.Object(
  { budgetMs: Count(1, 60_000), claims: Type.Array(Claim, { minItems: 1, maxItems: CLAIMS_MAX }) },
  strict,
)
export type ClaimBatch = Static<typeof ClaimBatch>

/** Most claims in one request to revive. */
export const REVIVALS_MAX = 100

/** The claim of an order that had expired and then was paid: may its units be held again? */
export const Revival = Type.Object(
  {
    claimId: Id,
    saleId: Id,
    userId: Id,
    quantity: Count(1, 1000),
    /** The order's. A reservation that has followed a later one is not revived. */
    version: Count(0, 2 ** 31 - 1),
  },
  strict,
)
export type Revival = Static<typeof Revival>

/**
 * Answered within `budgetMs` by `{held: (boolean | null)[]}` in the same order; null: ask again later.
 */
export const RevivalBatch = Type.Object(
  { budgetMs: Count(1, 60_000), claims: Type.Array(Revival, { minItems: 1, maxItems: REVIVALS_MAX }) },
  strict,
)
export type RevivalBatch = Static<typeof RevivalBatch>

/**
 * A claim that won, now or earlier: committed in the ledger.
 * `quantity` is that of the first claim with this id.
 */
export const Reservation = Type.Object({
  claimId: Id,
  saleId: Id,
  userId: Id,
  quantity: Type.Integer(),
  unitPriceCents: Type.Integer(),
  currency: Currency,
  reservedAt: Time,
  expiresAt: Time,
  traceId: TraceId,
})
export type Reservation = Static<typeof Reservation>

/** Why a claim got nothing. All are expected; none is an exception. */
export const REFUSALS = [
  'sold-out',
  'limit',
  'not-open',
  'unknown-sale',
  'key-reused',
  'gate-closed',
  'busy',
  'late',
] as const
export type Refusal = (typeof REFUSALS)[number]

/** `queued`: it has taken its place, and will be decided later. */
export type Verdict =
  | { readonly won: Reservation }
  | { readonly refused: Refusal }
  | { readonly queued: true }

/** A claim that was queued: as it waits, or, with `refused`, how it ended. */
export const Wish = Type.Object({
  claimId: Id,
  saleId: Id,
  quantity: Type.Integer(),
  traceId: TraceId,
  refused: Type.Optional(Type.Enum([...REFUSALS])),
})
export type Wish = Static<typeof Wish>

/**
 * The gate's view of a sale, for the gateway's sold-out flag. `seq` grows with each claim that takes units.
 */
export const Shelf = Type.Object({
  saleId: Id,
  epoch: Type.Integer(),
  seq: Type.Integer(),
  left: Type.Integer(),
})
export type Shelf = Static<typeof Shelf>

/** A shelf and the key fingerprints of all who ever took units of it: little-endian uint32s in base64. */
export const Winners = Type.Object({ ...Shelf.properties, prints: Type.String() })
export type Winners = Static<typeof Winners>
