import type { Claim, Shelf, Verdict, Winners } from '@stampede/contracts/claims'
import type { OrderEnded } from '@stampede/contracts/events'
import { segmentIds } from '@stampede/contracts/ids'
import type { StageName, Variant } from '@stampede/contracts/sales'
import type { Tx } from '@stampede/kit/postgres'
import type { SaleRow } from '../domain/sale.ts'
import { sumShelves } from '../domain/segment.ts'
import type { Hybrid } from './hybrid.ts'
import { OPENERS, type StageDeps } from './openers.ts'
import { SegmentedSale } from './segments.ts'
import type { Stage } from './stage.ts'

/** Sales whose stage is remembered. */
const SALES_MAX = 10_000

/** Sends each claim to the stage of its sale. A stage is opened when its first sale comes. */
export class Stages {
  readonly #deps: StageDeps
  readonly #open = new Map<string, Stage>()
  readonly #bySale = new Map<string, Stage>()
  readonly #hybrid: Hybrid

  constructor(deps: StageDeps) {
    this.#deps = deps
    this.#hybrid = OPENERS.hybrid(deps)
    this.#open.set('hybrid/guarded', this.#hybrid)
    // Wishes may wait in its queue that a process took before it died.
    this.#stage('async', 'guarded')
  }

  load(sale: SaleRow): Promise<void> {
    return this.#of(sale).load(sale)
  }

  change(sale: SaleRow, addUnits: number): Promise<void> {
    return this.#of(sale).change(sale, addUnits)
  }

  /** One verdict per claim, in order. */
  async claim(claims: readonly Claim[], deadline: number): Promise<readonly Verdict[]> {
    await this.#getToKnow(claims)
    const byStage = Map.groupBy(claims, (claim) => this.#bySale.get(claim.saleId) ?? this.#hybrid)
    const [only] = byStage.keys()
    if (byStage.size === 1) return (only as Stage).claim(claims, deadline)
    const verdicts = new Map<Claim, Verdict>()
    await Promise.all(
      Array.from(byStage, async ([stage, group]) => {
        const theirs = await stage.claim(group, deadline)
        for (const [i, claim] of group.entries()) verdicts.set(claim, theirs[i] as Verdict)
      }),
    )
    return claims.map((claim) => verdicts.get(claim) as Verdict)
  }

  /** See `Stage.release`; the orders may be of several stages. */
  async release(tx: Tx, ended: readonly OrderEnded[]): Promise<() => Promise<void>> {
    await this.#getToKnow(ended)
    const byStage = Map.groupBy(ended, ({ saleId }) => this.#bySale.get(saleId) ?? this.#hybrid)
    const afters: (() => Promise<void>)[] = []
    for (const [stage, group] of byStage) afters.push(await stage.release(tx, group))
    return async () => {
      for (const after of afters) await after()
    }
  }

  /** What the gate has of a sale, over all its segments; undefined when it has not all. */
  async shelf(saleId: string): Promise<Shelf | undefined> {
    const views = await this.#ofEach(saleId, (id) => this.#deps.gate.look(id))
    return views && sumShelves(saleId, views)
  }

  /** The same, with the fingerprints of all who ever took units. */
  async winners(saleId: string): Promise<Winners | undefined> {
    const views = await this.#ofEach(saleId, (id) => this.#deps.gate.winners(id))
    if (!views) return undefined
    const prints = Buffer.concat(views.map((view) => Buffer.from(view.prints, 'base64')))
    return { ...sumShelves(saleId, views), prints: prints.toString('base64') }
  }

  async #ofEach<T>(saleId: string, read: (id: string) => Promise<T | undefined>): Promise<T[] | undefined> {
    const sale = await this.#deps.saleOf(saleId)
    const views = await Promise.all(segmentIds(saleId, sale?.segments ?? 1).map(read))
    return views.every((view) => view !== undefined) ? (views as T[]) : undefined
  }

  async close(): Promise<void> {
    for (const stage of this.#open.values()) await stage.close()
  }

  /** Looks up the stages of sales not seen lately. A sale nobody knows is left to the hybrid to say so. */
  async #getToKnow(items: readonly { readonly saleId: string }[]): Promise<void> {
    const strangers = new Set<string>()
    for (const { saleId } of items) if (!this.#bySale.has(saleId)) strangers.add(saleId)
    if (strangers.size === 0) return
    await Promise.all(
      Array.from(strangers, async (saleId) => {
        const sale = await this.#deps.saleOf(saleId).catch(() => undefined)
        if (sale) this.#of(sale)
      }),
    )
  }

  #of(sale: SaleRow): Stage {
    const known = this.#bySale.get(sale.saleId)
    if (known) return known
    const found =
      sale.segments > 1
        ? new SegmentedSale(this.#hybrid, this.#deps, sale)
        : this.#stage(sale.stage as StageName, sale.variant as Variant)
    if (this.#bySale.size >= SALES_MAX) this.#bySale.clear()
    this.#bySale.set(sale.saleId, found)
    return found
  }

  #stage(name: StageName, variant: Variant): Stage {
    const key = `${name}/${variant}`
    let stage = this.#open.get(key)
    if (!stage) {
      stage = OPENERS[name](this.#deps, variant)
      this.#open.set(key, stage)
    }
    return stage
  }
}
