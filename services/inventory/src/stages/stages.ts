import type { Claim, Refusal, Shelf, Verdict, Winners } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import { segmentIds } from '@stampede/contracts/ids'
import type { StageName, Variant } from '@stampede/contracts/sales'
import type { Pool, Tx } from '@stampede/kit/postgres'
import { readStages, type SaleStage } from '../adapters/sale-stages.ts'
import type { SaleRow } from '../domain/sale.ts'
import { sumShelves } from '../domain/segment.ts'
import type { Hybrid } from './hybrid.ts'
import { OPENERS, type StageDeps } from './openers.ts'
import { SegmentedSale } from './segments.ts'
import type { Stage } from './stage.ts'

/** Sales remembered; and for how long, that there is no such sale. */
const SALES_MAX = 10_000
const UNKNOWN_MS = 1_000

type Known = { readonly stage: Stage; readonly segments: number }

/** Sends each claim to the stage of its sale. A stage is opened when its first sale comes. */
export class Stages {
  readonly #deps: StageDeps
  readonly #pool: Pool
  readonly #open = new Map<string, Stage>()
  readonly #known = new Map<string, Known>()
  readonly #unknownUntil = new Map<string, number>()
  readonly #hybrid: Hybrid

  constructor(pool: Pool, deps: StageDeps) {
    this.#pool = pool
    this.#deps = deps
    this.#hybrid = OPENERS.hybrid(deps)
    this.#open.set('hybrid/guarded', this.#hybrid)
    // Wishes may wait in its queue that a process took before it died.
    this.#stage('async', 'guarded')
  }

  load(sale: SaleRow): Promise<void> {
    return this.#know(toSaleStage(sale)).stage.load(sale)
  }

  change(sale: SaleRow, addUnits: number): Promise<void> {
    return this.#know(toSaleStage(sale)).stage.change(sale, addUnits)
  }

  /** One verdict per claim, in order. */
  async claim(claims: readonly Claim[], deadline: number): Promise<readonly Verdict[]> {
    const met = await this.#meet(this.#pool, claims).catch(() => undefined)
    const byStage = Map.groupBy(claims, ({ saleId }) =>
      met ? (met.get(saleId)?.stage ?? 'unknown-sale') : (this.#known.get(saleId)?.stage ?? 'busy'),
    )
    const [only] = byStage.keys()
    if (byStage.size === 1) return decide(only as Stage | Refusal, claims, deadline)
    const verdicts = new Map<Claim, Verdict>()
    await Promise.all(
      Array.from(byStage, async ([stage, group]) => {
        const theirs = await decide(stage, group, deadline)
        for (const [i, claim] of group.entries()) verdicts.set(claim, theirs[i] as Verdict)
      }),
    )
    return claims.map((claim) => verdicts.get(claim) as Verdict)
  }

  /** See `Stage.release`; the orders may be of several stages. */
  async release(tx: Tx, ended: readonly OrderChanged[]): Promise<() => Promise<void>> {
    const met = await this.#meet(tx, ended)
    const byStage = Map.groupBy(ended, ({ saleId }) => met.get(saleId)?.stage ?? this.#hybrid)
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

  async close(): Promise<void> {
    for (const stage of this.#open.values()) await stage.close()
  }

  async #ofEach<T>(saleId: string, read: (id: string) => Promise<T | undefined>): Promise<T[] | undefined> {
    const met = await this.#meet(this.#pool, [{ saleId }])
    const views = await Promise.all(segmentIds(saleId, met.get(saleId)?.segments ?? 1).map(read))
    return views.every((view) => view !== undefined) ? (views as T[]) : undefined
  }

  /** Those of the sales that there are. The answer is complete; the memory may forget some meanwhile. */
  async #meet(
    db: Pick<Tx, 'query'>,
    items: readonly { readonly saleId: string }[],
  ): Promise<ReadonlyMap<string, Known>> {
    const met = new Map<string, Known>()
    const strangers = new Set<string>()
    const now = performance.now()
    for (const { saleId } of items) {
      const known = this.#known.get(saleId)
      if (known) met.set(saleId, known)
      else if ((this.#unknownUntil.get(saleId) ?? 0) <= now) strangers.add(saleId)
    }
    if (strangers.size === 0) return met
    for (const found of await readStages(db, [...strangers])) {
      met.set(found.saleId, this.#know(found))
      strangers.delete(found.saleId)
    }
    if (this.#unknownUntil.size >= SALES_MAX) this.#unknownUntil.clear()
    for (const saleId of strangers) this.#unknownUntil.set(saleId, now + UNKNOWN_MS)
    return met
  }

  #know({ saleId, stage, variant, segments }: SaleStage): Known {
    const known = this.#known.get(saleId)
    if (known) return known
    const found =
      segments > 1
        ? { stage: new SegmentedSale(this.#hybrid, this.#deps, { saleId, segments }), segments }
        : { stage: this.#stage(stage, variant), segments }
    if (this.#known.size >= SALES_MAX) this.#known.clear()
    this.#known.set(saleId, found)
    this.#unknownUntil.delete(saleId)
    return found
  }

  #stage(name: StageName, variant: Variant): Stage {
    const key = `${name}/${variant}`
    const stage = this.#open.get(key) ?? OPENERS[name](this.#deps, variant)
    this.#open.set(key, stage)
    return stage
  }
}

function toSaleStage({ saleId, stage, variant, segments }: SaleRow): SaleStage {
  return { saleId, stage: stage as StageName, variant: variant as Variant, segments }
}

function decide(
  stage: Stage | Refusal,
  claims: readonly Claim[],
  deadline: number,
): Promise<readonly Verdict[]> {
  if (typeof stage === 'string') return Promise.resolve(claims.map(() => ({ refused: stage })))
  return stage.claim(claims, deadline)
}
