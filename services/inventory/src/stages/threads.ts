import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { Variant } from '@stampede/contracts/sales'
import type { SaleRow } from '../domain/sale.ts'
import { isNoConnection, type ShelfDeps, ShelfStage, type Take, type Way } from './shelf-stage.ts'
import { type Deed, ThreadStock } from './threads-stock.ts'
import { ANSWER, type StockMemory } from './threads-worker.ts'

/**
 * Stage three: one process, four threads, the stock in memory that all of them share. A thread says yes or
 * no; this one enters the yes into the books. With `meeting`, so many naive threads wait for each other
 * between look and act.
 */
export function openThreads(deps: ShelfDeps, variant: Variant, meeting = 0): ShelfStage {
  const { shelf, saleOf, log } = deps
  const stock = new ThreadStock({
    variant: variant as StockMemory['variant'],
    meeting,
    won: async (saleId) => (await shelf.count(saleId)).won,
  })
  const way: Way = {
    take: takeBy(stock, deps),
    put: (sale) => stock.put(sale, sale.units),
    async ready(saleIds) {
      for (const saleId of saleIds) {
        const sale = await saleOf(saleId)
        if (sale) await stock.know(sale)
      }
    },
    async give(freed) {
      for (const { saleId, quantity } of freed) {
        const sale = await saleOf(saleId)
        const given = sale && stock.give(sale, quantity)
        // The books have them: at the latest the next start puts them on sale.
        await given?.catch((error: Error) =>
          log.warn({ err: error, saleId, quantity }, 'units not given back'),
        )
      }
    },
    close: () => stock.close(),
  }
  return new ShelfStage('threads', variant, deps, way)
}

function takeBy(stock: ThreadStock, deps: ShelfDeps): Take {
  return async (claim, sale) => {
    const deed = await stock.take(sale, claim.quantity)
    if (deed === 'busy') return { refused: 'busy' }
    note(deps, claim, deed)
    if (deed.answer === ANSWER.late) return { refused: 'busy' }
    if (deed.answer === ANSWER.none) return { refused: 'sold-out' }
    try {
      const won = await enter(deps, claim, sale)
      await stock.keep(sale, claim.quantity)
      return { won }
    } catch (error) {
      if (isUndone(error)) await stock.putBack(sale, claim.quantity)
      else await stock.keep(sale, claim.quantity)
      if (error instanceof Lost) return { refused: error.refusal }
      // In doubt whether the books have it, the unit stays away: rather one too few than one too many.
      const earlier = await deps.shelf.earlier(claim, sale)
      if (earlier) return { won: earlier }
      throw error
    }
  }
}

/** The books and the row change together, so that a crash leaves no difference between them. */
function enter({ shelf }: ShelfDeps, claim: Claim, sale: SaleRow) {
  return shelf.transaction(claim.saleId, async (tx) => {
    const entered = await shelf.enter(claim, sale, tx)
    if ('lost' in entered) throw new Lost(entered.lost === 'limit' ? 'limit' : 'busy')
    await shelf.take(claim, tx)
    return entered.won
  })
}

/** Undoes the transaction. */
class Lost extends Error {
  readonly refusal: Extract<Verdict, { refused: unknown }>['refused']

  constructor(refusal: Lost['refusal']) {
    super(refusal)
    this.refusal = refusal
  }
}

/** Nothing was sent, or Postgres itself says that it failed. */
function isUndone(error: unknown): boolean {
  const refused = (error as { severity?: string }).severity === 'ERROR'
  return error instanceof Lost || isNoConnection(error) || refused
}

/** What a thread did, for the story: lock waits, and who read and wrote what. */
function note({ witness }: ShelfDeps, claim: Claim, deed: Deed): void {
  const { saleId, claimId, quantity } = claim
  const { answer, thread, seen, readAt, wroteAt, waited } = deed
  const figures = witness.figures(saleId)
  if (waited) figures.lockWaits++
  if (answer === ANSWER.late) {
    figures.lockTimeouts++
    return
  }
  const who = `thread ${thread}`
  witness.see(saleId, { at: readAt, who, what: 'read', claimId, stock: seen })
  if (answer === ANSWER.none) return
  witness.see(saleId, { at: wroteAt, who, what: 'write', claimId, stock: seen - quantity })
}
