import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { OrderEnded } from '@stampede/contracts/events'
import type { StageName, Variant } from '@stampede/contracts/sales'
import type { Tx } from '@stampede/kit/postgres'
import type { SaleRow } from '../domain/sale.ts'
import { OPENERS, type StageDeps } from './openers.ts'
import type { Stage } from './stage.ts'

/** Sales whose stage is remembered. */
const SALES_MAX = 10_000

/** Sends each claim to the stage of its sale. A stage is opened when its first sale comes. */
export class Stages {
  readonly #deps: StageDeps
  readonly #open = new Map<string, Stage>()
  readonly #bySale = new Map<string, Stage>()
  readonly #hybrid: Stage

  constructor(deps: StageDeps) {
    this.#deps = deps
    this.#hybrid = this.#stage('hybrid', 'guarded')
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

  #of({ saleId, stage, variant }: SaleRow): Stage {
    const found = this.#bySale.get(saleId) ?? this.#stage(stage as StageName, variant as Variant)
    if (this.#bySale.size >= SALES_MAX) this.#bySale.clear()
    this.#bySale.set(saleId, found)
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
