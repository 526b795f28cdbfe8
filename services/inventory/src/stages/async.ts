import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { Variant } from '@stampede/contracts/sales'
import type { SaleRow } from '../domain/sale.ts'
import { type QueuedDeps, QueuedStage } from './queued-stage.ts'
import { type ShelfDeps, ShelfStage, type Take } from './shelf-stage.ts'
import { enterOrGiveBack } from './single-process.ts'
import type { Stage } from './stage.ts'

/**
 * As the article prints it: ask for the stock and for the buyer at the same time, then take one away. It is
 * quicker than one after the other, and still look-then-act.
 */
export function naive({ shelf, witness, between }: ShelfDeps): Take {
  return async (claim: Claim, sale: SaleRow): Promise<Verdict> => {
    const { claimId, saleId, userId, quantity } = claim
    const who = `request ${claimId.slice(-4)}`
    const [stock, used] = await Promise.all([shelf.stock(saleId), shelf.usedBy(saleId, userId)])
    witness.see(saleId, { who, what: 'read', claimId, stock })
    if (stock < quantity) return { refused: 'sold-out' }
    if (used + quantity > sale.limitPerUser) return { refused: 'limit' }
    await between?.(claim)
    await shelf.take(claim)
    witness.see(saleId, { who, what: 'write', claimId, stock: stock - quantity })
    return enterOrGiveBack(shelf, claim, sale)
  }
}

/** Stage four: one process, thousands in flight. */
export function openAsync(deps: QueuedDeps, variant: Variant): Stage {
  if (variant === 'guarded') return new QueuedStage(deps)
  return new ShelfStage('async', variant, deps, { take: naive(deps) })
}
