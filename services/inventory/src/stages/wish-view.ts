import { readShelf } from '../adapters/wishes-postgres.ts'
import type { SaleRow } from '../domain/sale.ts'
import type { QueuedDeps } from './queued-stage.ts'

/** What the gate of wishes knows of sales, kept true by the books. */
export interface WishView {
  /** Reads a sale from the books into the gate, if the gate knows nothing of it. */
  open(sale: SaleRow): Promise<void>
  /** The gate says that all is sold. Have it read anew if the books disagree; at most once a second. */
  doubt(sale: SaleRow): Promise<void>
}

type Deps = Pick<QueuedDeps, 'shelf' | 'wishes' | 'placeOrder' | 'log'>

const DOUBT_MS = 1_000
const DOUBTS_MAX = 1_000
/** A view outlives its sale by this. */
const AFTER_MS = 3_600_000

export function openWishView(deps: Deps): WishView {
  const opening = new Map<string, Promise<void>>()
  const doubted = new Map<string, number>()
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
      if ((doubted.get(saleId) ?? 0) > now) return
      if (doubted.size >= DOUBTS_MAX) doubted.clear()
      doubted.set(saleId, now + DOUBT_MS)
      await shutIfWrong(deps, saleId).catch((error: Error) => {
        deps.log.warn({ err: error, saleId }, 'wishes not compared with the books')
      })
    },
  }
}

/**
 * The queue is read before the books: a wish that passes from one to the other in between is seen twice, and
 * counted once. Whatever is missed, the row of stock makes good by refusing.
 */
async function readInto({ shelf, wishes, placeOrder }: Deps, sale: SaleRow): Promise<void> {
  const { saleId, limitPerUser: limit, endsAt } = sale
  const undecided = (await placeOrder.undecided()).filter((claim) => claim.saleId === saleId)
  const { stock, claims } = await readShelf(shelf, saleId)
  const entered = new Set(claims.map(({ claimId }) => claimId))
  const waiting = undecided.filter(({ claimId }) => !entered.has(claimId))
  const promised = waiting.reduce((sum, { quantity }) => sum + quantity, 0)
  await wishes.load(saleId, {
    left: Math.max(0, stock - promised),
    limit,
    goneAt: Math.max(Date.now(), endsAt.getTime()) + AFTER_MS,
    claims: [...claims, ...waiting.map((claim) => ({ ...claim, live: true }))],
  })
}

/**
 * With nobody waiting, the gate must have as much as the shelf. Less means that units were taken for a wish
 * that never reached the queue, or that a return was lost.
 */
async function shutIfWrong({ shelf, wishes, placeOrder }: Deps, saleId: string): Promise<void> {
  if (!(await placeOrder.isIdle())) return
  const left = await wishes.left(saleId)
  if (left !== undefined && left < (await shelf.stock(saleId))) await wishes.shut(saleId)
}
