import type { PlaceOrder } from '../adapters/place-order-bullmq.ts'
import { readShelf } from '../adapters/wishes-postgres.ts'
import type { Wishes } from '../adapters/wishes-redis.ts'
import type { SaleRow } from '../domain/sale.ts'
import type { ShelfDeps } from './shelf-stage.ts'

/** What the gate of wishes knows of sales, kept true by the books. */
export interface WishView {
  /** Reads a sale from the books into the gate, if the gate knows nothing of it. */
  open(sale: SaleRow): Promise<void>
  /**
   * The gate says that all is sold: compares it with the books, at most once a second, and has it read anew
   * when they differ for long.
   */
  doubt(sale: SaleRow): Promise<void>
}

/** Milliseconds, monotonic. `seen`: how gate and books differ, the same `since` then. */
interface Doubt {
  readonly lookedAt: number
  readonly since: number
  readonly seen: string | undefined
}

interface Deps extends Pick<ShelfDeps, 'shelf' | 'log' | 'now'> {
  readonly wishes: Wishes
  readonly placeOrder: PlaceOrder
}

const LOOK_MS = 1_000
/**
 * Longer than a wish can be on its way from the gate into the queue: while it is, the gate has rightly less
 * than the shelf, and nobody waits.
 */
const DIFFERS_MS = 6_000
const DOUBTS_MAX = 1_000
/** A view outlives its sale by this. */
const AFTER_MS = 3_600_000

export function openWishView(deps: Deps): WishView {
  const opening = new Map<string, Promise<void>>()
  const doubts = new Map<string, Doubt>()
  return {
    open(sale) {
      const { saleId } = sale
      let open = opening.get(saleId)
      if (!open) {
        open = readInto(deps, sale).finally(() => opening.delete(saleId))
        opening.set(saleId, open)
      }
      return open
    },
    async doubt({ saleId }) {
      const now = performance.now()
      const before = doubts.get(saleId)
      if (before && now < before.lookedAt + LOOK_MS) return
      if (doubts.size >= DOUBTS_MAX) doubts.clear()
      doubts.set(saleId, { since: now, seen: undefined, ...before, lookedAt: now })
      try {
        const seen = await difference(deps, saleId)
        const since = seen === before?.seen ? (before?.since ?? now) : now
        doubts.set(saleId, { lookedAt: now, seen, since })
        if (seen !== undefined && now - since >= DIFFERS_MS) await deps.wishes.shut(saleId)
      } catch (error) {
        deps.log.warn({ err: error, saleId }, 'wishes not compared with the books')
      }
    },
  }
}

/**
 * The queue is read before the books: a wish that passes from one to the other in between is seen twice, and
 * counted once. Whatever is missed, the row of stock makes good by refusing.
 */
async function readInto({ shelf, wishes, placeOrder, now }: Deps, sale: SaleRow): Promise<void> {
  const { saleId, limitPerUser: limit, endsAt } = sale
  const undecided = (await placeOrder.undecided()).filter((claim) => claim.saleId === saleId)
  const { stock, claims } = await readShelf(shelf, saleId)
  const entered = new Set(claims.map(({ claimId }) => claimId))
  const waiting = undecided.filter(({ claimId }) => !entered.has(claimId))
  const promised = waiting.reduce((sum, { quantity }) => sum + quantity, 0)
  await wishes.load(saleId, {
    left: Math.max(0, stock - promised),
    limit,
    goneAt: Math.max(now(), endsAt.getTime()) + AFTER_MS,
    claims: [...claims, ...waiting.map((claim) => ({ ...claim, live: true }))],
  })
}

/**
 * With nobody waiting, the gate must have as much as the shelf. Less means that units were taken for a wish
 * that never reached the queue, or that a return was lost. Undefined when all is well.
 */
async function difference({ shelf, wishes, placeOrder }: Deps, saleId: string): Promise<string | undefined> {
  if (!(await placeOrder.isIdle())) return undefined
  const left = await wishes.left(saleId)
  const stock = await shelf.stock(saleId)
  return left !== undefined && left < stock ? `${left} of ${stock}` : undefined
}
