import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { Variant } from '@stampede/contracts/sales'
import pLimit from 'p-limit'
import type { Shelf } from '../adapters/shelf-postgres.ts'
import type { SaleRow } from '../domain/sale.ts'
import { type Guard, takeBy } from './database.ts'
import { type ShelfDeps, ShelfStage, type Take, type TakeDeps } from './shelf-stage.ts'

/**
 * As the article's first shop does it: look whether there is stock, take one away, write the order. Between
 * look and take the process serves others, and they saw the same stock.
 */
export function naive({ shelf, witness, between }: TakeDeps, who = `process ${process.pid}`): Take {
  return async (claim: Claim, sale: SaleRow): Promise<Verdict> => {
    const { claimId, saleId, quantity } = claim
    const stock = await shelf.stock(saleId)
    witness.see(saleId, { who, what: 'read', claimId, stock })
    if (stock < quantity) return { refused: 'sold-out' }
    await between?.(claim)
    await shelf.take(claim)
    witness.see(saleId, { who, what: 'write', claimId, stock: stock - quantity })
    return enterOrGiveBack(shelf, claim, sale)
  }
}

/** The end of every naive way: the units are taken, now the order is written. */
export async function enterOrGiveBack(shelf: Shelf, claim: Claim, sale: SaleRow): Promise<Verdict> {
  const entered = await shelf.enter(claim, sale)
  if ('won' in entered) return entered
  await shelf.take({ ...claim, quantity: -claim.quantity })
  return { refused: entered.lost === 'limit' ? 'limit' : 'busy' }
}

/** The same, one claim after the other: a mutex around it. It holds for one process and no further. */
export function mutex(deps: TakeDeps, who?: string): Take {
  return oneAtATime(naive(deps, who), deps)
}

/** Stage one: one process, one row of stock. */
export function openSingleProcess(deps: ShelfDeps, variant: Variant): ShelfStage {
  const take = variant === 'naive' ? naive(deps) : oneAtATime(takeBy(lookThenTake(deps), deps), deps)
  return new ShelfStage('single-process', variant, deps, { take })
}

/** The look and the act of the naive way, in the transaction that writes the order: all of it or nothing. */
function lookThenTake({ shelf, witness }: TakeDeps): Guard {
  const who = `process ${process.pid}`
  return async (tx, claim) => {
    const { claimId, saleId, quantity } = claim
    const stock = await shelf.stock(saleId, tx)
    witness.see(saleId, { who, what: 'read', claimId, stock })
    if (stock < quantity) return false
    await shelf.take(claim, tx)
    witness.see(saleId, { who, what: 'write', claimId, stock: stock - quantity })
    return true
  }
}

function oneAtATime(take: Take, { witness }: TakeDeps): Take {
  const turn = pLimit(1)
  return (claim, sale, deadline) => {
    if (turn.activeCount > 0) witness.figures(claim.saleId).lockWaits++
    return turn(() =>
      performance.now() < deadline
        ? take(claim, sale, deadline)
        : Promise.resolve({ refused: 'late' as const }),
    )
  }
}
