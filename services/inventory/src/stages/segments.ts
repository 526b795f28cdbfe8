import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import { segmentIds } from '@stampede/contracts/ids'
import type { Tx } from '@stampede/kit/postgres'
import type { SaleRow } from '../domain/sale.ts'
import { homeOf } from '../domain/segment.ts'
import type { Hybrid, HybridDeps } from './hybrid.ts'
import type { Stage } from './stage.ts'
import { STEALS_MAX, Thief } from './thief.ts'

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
  readonly #thief: Thief

  constructor(hybrid: Hybrid, deps: HybridDeps, { saleId, segments }: Pick<SaleRow, 'saleId' | 'segments'>) {
    this.#hybrid = hybrid
    this.#deps = deps
    this.#saleId = saleId
    this.#segments = segmentIds(saleId, segments)
    this.#thief = new Thief(deps)
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
    const need = { segments: this.#segments, to: claim.segmentId, units: claim.quantity }
    for (let tries = 0; tries < STEALS_MAX && performance.now() < deadline; tries++) {
      const theft = await this.#thief.steal(need)
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

  close(): Promise<void> {
    return this.#thief.close()
  }
}

function isSoldOut(verdict: Verdict): boolean {
  return 'refused' in verdict && verdict.refused === 'sold-out'
}
