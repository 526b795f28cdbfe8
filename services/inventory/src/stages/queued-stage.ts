import type { Claim, Verdict } from '@stampede/contracts/claims'
import type { OrderChanged } from '@stampede/contracts/events'
import { failureOf, outcomeOf } from '@stampede/contracts/outcomes'
import { type Batcher, openBatcher } from '@stampede/kit/batcher'
import type { Tx } from '@stampede/kit/postgres'
import { traced, tracedOne } from '@stampede/kit/tracing/spans'
import type { JobEnd, PlaceOrder } from '../adapters/place-order-bullmq.ts'
import { enterWish } from '../adapters/wishes-postgres.ts'
import type { Wishes } from '../adapters/wishes-redis.ts'
import { isOpen, type SaleRow } from '../domain/sale.ts'
import type { ShelfDeps } from './shelf-stage.ts'
import type { Stage } from './stage.ts'
import { openWishView, type WishView } from './wish-view.ts'

export interface QueuedDeps extends ShelfDeps {
  readonly wishes: Wishes
  readonly placeOrder: PlaceOrder
  /** Called after events were committed. */
  readonly wakeRelay: () => void
}

/** Wishes that go into the queue in one call, that may wait for one, and calls at once. */
const ADDING = { itemsMax: 500, waitMs: 0, queueMax: 10_000, inFlightMax: 2 }

/**
 * Stage four, cured: one script in Redis takes the unit, or says no at once. Who got one is queued and told
 * so; workers enter the wishes into the books at their own pace. The row of stock has the last word: should
 * the gate have promised too much, a wish is refused there, and nothing is sold twice.
 */
export class QueuedStage implements Stage {
  readonly name = 'async'
  readonly variant = 'guarded'
  readonly #deps: QueuedDeps
  readonly #view: WishView
  readonly #adding: Batcher<Claim, undefined>
  readonly #worker: { close(): Promise<void> }
  /** A unit in the gate and a place in the queue are one hop: who has only one of them has nothing. */
  readonly #decideAll: (claims: readonly Claim[], deadline: number) => Promise<readonly Verdict[]>

  constructor(deps: QueuedDeps) {
    this.#deps = deps
    this.#view = openWishView(deps)
    this.#adding = openBatcher({
      name: 'wishes',
      ...ADDING,
      run: async (claims) => {
        await deps.placeOrder.add(claims)
        return claims.map(() => undefined)
      },
    })
    this.#worker = deps.placeOrder.work((claim) =>
      tracedOne('run place-order', { traceId: claim.traceId }, () => this.#place(claim)),
    )
    this.#decideAll = traced(
      'inventory gate',
      {
        traceIdOf: ({ traceId }: Claim) => traceId,
        attributesOf: (_claim, verdict?: Verdict) => outcomeOf(verdict),
        failedOf: failureOf,
      },
      (claims, deadline: number) => Promise.all(claims.map((claim) => this.#decide(claim, deadline))),
    )
  }

  async load(sale: SaleRow): Promise<void> {
    await this.#deps.shelf.put(sale)
    await this.#view.open(sale)
  }

  claim(claims: readonly Claim[], deadline: number): Promise<readonly Verdict[]> {
    return this.#decideAll(claims, deadline)
  }

  async change({ saleId }: SaleRow, addUnits: number): Promise<void> {
    if (addUnits === 0) return
    await this.#deps.shelf.add(saleId, addUnits)
    // Lost here, the view is doubted when it says that all is sold.
    await this.#deps.wishes.add(saleId, addUnits).catch(() => undefined)
  }

  async release(tx: Tx, ended: readonly OrderChanged[]): Promise<() => Promise<void>> {
    const { shelf, wishes } = this.#deps
    const freed = await shelf.free(tx, ended)
    return async () => {
      for (const [saleId, orders] of Map.groupBy(freed, (each) => each.saleId)) {
        const claimIds = orders.map(({ orderId }) => orderId)
        await wishes.end(saleId, 'back', claimIds).catch(() => undefined)
      }
    }
  }

  count(saleId: string): Promise<{ left: number; won: number }> {
    return this.#deps.shelf.count(saleId)
  }

  async close(): Promise<void> {
    await this.#adding.close()
    await this.#worker.close()
  }

  async #decide(claim: Claim, deadline: number): Promise<Verdict> {
    const { saleOf, wishes, now, log } = this.#deps
    try {
      const sale = await saleOf(claim.saleId)
      if (!sale) return { refused: 'unknown-sale' }
      let said = await wishes.make(claim, isOpen(sale, now()))
      if (said === 'missing') {
        await this.#view.open(sale)
        said = await wishes.make(claim, isOpen(sale, now()))
      }
      if (said === 'missing') return { refused: 'gate-closed' }
      if (said === 'taken') return await this.#queue(claim, deadline)
      if (said === 'known') return (await this.#earlier(claim, sale)) ?? (await this.#queue(claim, deadline))
      if (said === 'sold-out') void this.#view.doubt(sale)
      return { refused: said }
    } catch (error) {
      log.warn(
        { err: error, traceId: claim.traceId, claimId: claim.claimId, stage: this.name },
        'wish not taken',
      )
      return { refused: 'gate-closed' }
    }
  }

  /** `queued` once the wish is on disk. Until then nothing was promised, and its units go back. */
  async #queue(claim: Claim, deadline: number): Promise<Verdict> {
    const outcome = await this.#adding.add(claim, deadline)
    if ('done' in outcome) return { queued: true }
    const { wishes, log } = this.#deps
    if (outcome.refused === 'failed')
      log.warn({ err: outcome.error, traceId: claim.traceId, claimId: claim.claimId }, 'wish not queued')
    await wishes.end(claim.saleId, 'forget', [claim.claimId])
    return { refused: outcome.refused === 'deadline' ? 'late' : 'busy' }
  }

  /** What a claim that is made again came to, if it is decided. */
  async #earlier(claim: Claim, sale: SaleRow): Promise<Verdict | undefined> {
    const { shelf, placeOrder } = this.#deps
    const won = await shelf.earlier(claim, sale)
    if (won) return won.quantity === claim.quantity ? { won } : { refused: 'key-reused' }
    const refused = (await placeOrder.look(claim.claimId, claim.userId))?.refused
    return refused && { refused }
  }

  /** The job: may be run any number of times, for the books take a claim once. */
  async #place(claim: Claim): Promise<JobEnd> {
    const { shelf, wishes, saleOf, between, wakeRelay } = this.#deps
    const { claimId, saleId, traceId } = claim
    const sale = await saleOf(saleId)
    if (!sale) throw new Error(`sale ${saleId} is not in the books`)
    await between?.(claim)
    const ended = await tracedOne('inventory ledger', { traceId }, () => enterWish(shelf, claim, sale))
    if ('won' in ended) {
      wakeRelay()
      return {}
    }
    // Lost here, the view is doubted when it says that all is sold.
    const how = ended.refused === 'sold-out' ? 'gone' : 'back'
    await wishes.end(saleId, how, [claimId]).catch(() => undefined)
    return ended
  }
}
