import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import type { StageName, Variant } from '@stampede/contracts/sales'
import type { Log } from '@stampede/kit/log'
import type { Tx } from '@stampede/kit/postgres'
import type { Shelf } from '../adapters/shelf-postgres.ts'
import { isOpen, type SaleRow } from '../domain/sale.ts'
import type { Stage } from './stage.ts'
import type { Witness } from './witness.ts'

export interface ShelfDeps {
  readonly shelf: Shelf
  readonly witness: Witness
  readonly log: Log
  /** The ledger's clock, in epoch milliseconds. */
  readonly now: () => number
  /** The sale as it stands, at most a moment old. */
  readonly saleOf: (saleId: string) => Promise<SaleRow | undefined>
  /** A test's hand between look and act; nothing else waits here. */
  readonly between?: (claim: Claim) => Promise<void>
}

/** What taking itself needs, wherever it runs. */
export type TakeDeps = Pick<ShelfDeps, 'shelf' | 'witness' | 'between'>

/**
 * Takes units for a claim that is new, of a sale that is open. Nobody hears a yes
 * that comes after `deadline` (on the clock of `performance.now()`).
 */
export type Take = (claim: Claim, sale: SaleRow, deadline: number) => Promise<Verdict>

/** What is a stage's own. */
export interface Way {
  readonly take: Take
  /**
   * Sees that all units of the sale are where the stage keeps its stock besides the row. It is never told of
   * new ones alone: those that somebody else adds in the same moment may be in `sale` already.
   */
  readonly put?: (sale: SaleRow) => Promise<void>
  /**
   * Comes before units of a sale are released: a stage that counts what is left from the books must do so
   * now, or it would count what `give` gives a second time.
   */
  readonly ready?: (saleIds: ReadonlySet<string>) => Promise<void>
  /** Follows the release of units after its commit, with the orders whose units came back by it. */
  readonly give?: (ended: readonly OrderChanged[]) => Promise<void>
  readonly close?: () => Promise<void>
}

/** Claims under way at once; beyond it a claim is refused as busy. */
const CLAIMS_MAX = 10_000

/**
 * What all stages around the article's row of stock have in common: who asks again hears the same, nobody
 * buys before the start or after the end, ended orders give back. How units are taken is the stage.
 */
export class ShelfStage implements Stage {
  readonly name: StageName
  readonly variant: Variant
  readonly #deps: ShelfDeps
  readonly #way: Way
  /** The same claim twice at once, in this process, is one claim. */
  readonly #underWay = new Map<string, Promise<Verdict>>()

  // biome-ignore lint/complexity/useMaxParams: a stage is exactly these
  constructor(name: StageName, variant: Variant, deps: ShelfDeps, way: Way) {
    this.name = name
    this.variant = variant
    this.#deps = deps
    this.#way = way
  }

  async load(sale: SaleRow): Promise<void> {
    await this.#deps.shelf.put(sale)
    await this.#way.put?.(sale)
  }

  claim(claims: readonly Claim[], deadline: number): Promise<readonly Verdict[]> {
    return Promise.all(claims.map((claim) => this.#join(claim, deadline)))
  }

  async change(sale: SaleRow, addUnits: number): Promise<void> {
    if (addUnits === 0) return
    await this.#deps.shelf.add(sale.saleId, addUnits)
    await this.#way.put?.(sale)
  }

  async release(tx: Tx, ended: readonly OrderChanged[]): Promise<() => Promise<void>> {
    await this.#way.ready?.(new Set(ended.map(({ saleId }) => saleId)))
    const freed = await this.#deps.shelf.free(tx, ended)
    return async () => this.#way.give?.(freed)
  }

  count(saleId: string): Promise<{ left: number; won: number }> {
    return this.#deps.shelf.count(saleId)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay.values())
    await this.#way.close?.()
  }

  async #join(claim: Claim, deadline: number): Promise<Verdict> {
    let verdict = this.#underWay.get(claim.claimId)
    if (!verdict) {
      if (this.#underWay.size >= CLAIMS_MAX) return { refused: 'busy' }
      verdict = this.#decide(claim, deadline).finally(() => this.#underWay.delete(claim.claimId))
      this.#underWay.set(claim.claimId, verdict)
    }
    return sameQuantity(claim, await verdict)
  }

  async #decide(claim: Claim, deadline: number): Promise<Verdict> {
    const { saleOf, shelf, witness, now, log } = this.#deps
    try {
      const sale = await saleOf(claim.saleId)
      if (!sale) return { refused: 'unknown-sale' }
      const earlier = await shelf.earlier(claim, sale)
      if (earlier) return { won: earlier }
      if (!isOpen(sale, now())) return { refused: 'not-open' }
      if (performance.now() >= deadline) return { refused: 'late' }
      return await this.#way.take(claim, sale, deadline)
    } catch (error) {
      if (isNoConnection(error)) witness.figures(claim.saleId).poolTimeouts++
      else
        log.warn(
          { err: error, traceId: claim.traceId, claimId: claim.claimId, stage: this.name },
          'claim not decided',
        )
      return { refused: 'busy' }
    }
  }
}

/** The pool gave up before anything was sent. */
export function isNoConnection(error: unknown): boolean {
  return (error as Error).message.includes('timeout exceeded when trying to connect')
}

function sameQuantity(claim: Claim, verdict: Verdict): Verdict {
  return 'won' in verdict && verdict.won.quantity !== claim.quantity ? { refused: 'key-reused' } : verdict
}
