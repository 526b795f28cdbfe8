import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import { segmentIds } from '@stampede/contracts/ids'
import type { Tx } from '@stampede/kit/postgres'
import type { SaleRow } from '../domain/sale.ts'
import { homeOf } from '../domain/segment.ts'
import type { Hybrid, HybridDeps } from './hybrid.ts'
import type { Stage } from './stage.ts'

/** Steals one claim may wait for. Each moves half of the fullest, which others in the same need may get. */
const STEALS_MAX = 50

/**
 * A sale whose stock is split over several counters, a view and a row each, so that no single row is locked
 * by every batch. A buyer's claims always go to the same segment, which knows all the buyer has; when it is
 * empty it steals from the fullest.
 */
export class SegmentedSale implements Stage {
  readonly name = 'hybrid'
  readonly variant = 'guarded'
  readonly #hybrid: Hybrid
  readonly #deps: HybridDeps
  readonly #saleId: string
  readonly #segments: readonly string[]
  /** One steal at a time for each segment; whoever needs it, too, waits for it. */
  readonly #stealing = new Map<string, Promise<Theft>>()

  constructor(hybrid: Hybrid, deps: HybridDeps, { saleId, segments }: Pick<SaleRow, 'saleId' | 'segments'>) {
    this.#hybrid = hybrid
    this.#deps = deps
    this.#saleId = saleId
    this.#segments = segmentIds(saleId, segments)
  }

  async load(): Promise<void> {
    await Promise.all(this.#segments.map((segmentId) => this.#deps.rebuild(segmentId, 'loaded')))
  }

  async claim(claims: readonly Claim[], deadline: number): Promise<readonly Verdict[]> {
    const sent = claims.map((claim) => ({ ...claim, segmentId: homeOf(claim.userId, this.#segments) }))
    const verdicts = await this.#hybrid.claim(sent, deadline)
    return Promise.all(
      verdicts.map(async (verdict, i) => {
        const claim = sent[i] as (typeof sent)[number]
        return isSoldOut(verdict) ? this.#claimStolen(claim, deadline) : verdict
      }),
    )
  }

  /** Says `sold-out` only when all segments were seen to be empty. */
  async #claimStolen(claim: Claim & { readonly segmentId: string }, deadline: number): Promise<Verdict> {
    for (let tries = 0; tries < STEALS_MAX && performance.now() < deadline; tries++) {
      const theft = await this.#steal(claim.segmentId, claim.quantity)
      if (theft === 'empty') return { refused: 'sold-out' }
      if (theft === 'in-doubt') return { refused: 'gate-closed' }
      const [verdict] = await this.#hybrid.claim([claim], deadline)
      if (verdict && !isSoldOut(verdict)) return verdict
    }
    return { refused: 'busy' }
  }

  /** Units that are added go to the first segment; the others steal them when they need them. */
  async change(sale: SaleRow, addUnits: number): Promise<void> {
    for (const segmentId of this.#segments) {
      const row = segmentId === this.#saleId ? sale : await this.#deps.sales.row(segmentId)
      if (row) await this.#hybrid.change(row, segmentId === this.#saleId ? addUnits : 0)
    }
  }

  release(tx: Tx, ended: readonly OrderChanged[]): Promise<() => Promise<void>> {
    return this.#hybrid.release(tx, ended)
  }

  count(): Promise<{ left: number; won: number }> {
    return this.#hybrid.count(this.#saleId)
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#stealing.values())
  }

  #steal(to: string, units: number): Promise<Theft> {
    const already = this.#stealing.get(to)
    if (already) return already
    const steal = this.#stealOnce(to, units)
      .catch((error: unknown) => {
        this.#deps.log.warn({ err: error, segmentId: to }, 'no units stolen')
        return 'in-doubt' as const
      })
      .finally(() => this.#stealing.delete(to))
    this.#stealing.set(to, steal)
    return steal
  }

  /**
   * Out of the fullest view, then from row to row in one transaction, then into the empty view. Killed after
   * the first step, a view shows less than its row; after the second, the other does: the reconciler sees
   * the difference stand still and rebuilds that view from its row. The rows are right at every moment.
   */
  async #stealOnce(to: string, units: number): Promise<Theft> {
    const { gate, ledger, rebuild } = this.#deps
    const views = await Promise.all(this.#segments.map((segmentId) => gate.look(segmentId)))
    const seen = views.filter((view) => view !== undefined)
    const target = seen.find((view) => view.saleId === to)
    if (!target || seen.length < views.length) return 'in-doubt'
    const others = seen.filter((view) => view.saleId !== to && view.left > 0)
    const [fullest] = others.sort((a, b) => b.left - a.left)
    if (!fullest) return target.left >= units ? 'moved' : 'empty'
    const wanted = Math.min(fullest.left, Math.max(units - target.left, Math.ceil(fullest.left / 2)))
    if (!(await gate.shift(fullest.saleId, fullest.epoch, -wanted))) return 'moved'
    const moved = await ledger.move(fullest.saleId, to, wanted).catch(() => false)
    if (!moved) await rebuild(fullest.saleId, 'units did not move')
    else if (!(await gate.shift(to, target.epoch, wanted))) await rebuild(to, 'units moved in')
    return 'moved'
  }
}

/** `moved`: it is worth another try. `in-doubt`: not every view could be seen. */
type Theft = 'moved' | 'empty' | 'in-doubt'

function isSoldOut(verdict: Verdict): boolean {
  return 'refused' in verdict && verdict.refused === 'sold-out'
}
