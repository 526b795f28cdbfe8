import type { Log } from '@stampede/kit/log'
import type { Measure } from '@stampede/kit/watch/alarms'
import pLimit from 'p-limit'
import type { Gate, GateState } from '../adapters/gate-redis.ts'
import type { Ledger } from '../adapters/ledger-postgres.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import type { SaleRow } from '../domain/sale.ts'
import { Doubt, lackOf } from './doubt.ts'
import type { Rebuild } from './rebuild.ts'

export interface ReconcilerDeps {
  readonly gate: Gate
  readonly ledger: Ledger
  readonly sales: Sales
  readonly rebuild: Rebuild
  readonly log: Log
  /** Runs the job unless another instance is at it; see turn-redlock.ts. */
  readonly inTurn: (job: () => Promise<void>) => Promise<void>
  readonly everyMs: number
  /** A claim taken in the gate and not confirmed for this long is settled. */
  readonly overdueMs: number
}

/** Redis' clock may move so far before its views hear of it: more than a slow answer may be wrong by. */
const AHEAD_MS_MAX = 1_000
/** Bounds a pass; a system with more sales than this comes round to each in several passes. */
const SALES_PER_PASS = 1_000
/** Fewer than a process may have under way: a sale that is claimed need not wait for all that are not. */
const REBUILDS_AT_ONCE = 2

interface Doubtful {
  readonly sale: SaleRow
  readonly view: GateState | undefined
  readonly why: string
}

/**
 * Compares the gate with the ledger, for ever, and repairs the gate: a view
 * that is missing, damaged, rolled back or drifted is rebuilt; units taken by
 * a process that died before the ledger are freed by a void written first.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps
  readonly #doubt = new Doubt()
  /** The last of a full pass; from the first on when there is none. */
  #lastId: string | undefined
  #running: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout
  #closed = false
  readonly #counts = { rebuiltViews: 0, confirmedClaims: 0, voidedClaims: 0, freedUnits: 0 }

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps
    this.#timer = setTimeout(() => this.#tick(), 0)
  }

  /** What this process has repaired since it began. */
  get measures(): Measure[] {
    return Object.entries(this.#counts).map(([name, value]) => ({ name, value }))
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #tick(): Promise<void> {
    const { inTurn, log, everyMs } = this.#deps
    this.#running = inTurn(() => this.#pass()).catch((error: unknown) =>
      log.warn({ err: error }, 'reconciler pass failed'),
    )
    await this.#running
    if (!this.#closed) this.#timer = setTimeout(() => this.#tick(), everyMs)
  }

  /** Looks at the next sales in the order of their ids, and begins anew after the last. */
  async #pass(): Promise<void> {
    const { gate, sales } = this.#deps
    const before = await sales.current(this.#lastId, SALES_PER_PASS)
    const views = await Promise.all(before.map(({ saleId }) => gate.look(saleId)))
    const some = await this.#lookAgain(before, views)
    const ahead = await gate.ahead()
    const doubtful: Doubtful[] = []
    for (const [i, sale] of some.entries()) {
      if (this.#closed) return
      const view = views[i]
      const why = this.#doubt.of(sale, view)
      if (why) doubtful.push({ sale, view, why })
      else if (view && view.pending > 0) await this.#settleOverdue(sale.saleId)
      await this.#setClock(view, ahead)
    }
    if (!(await this.#rebuildAll(doubtful))) return
    // Only now: those of a pass that failed are looked at again.
    this.#lastId = some.length === SALES_PER_PASS ? some.at(-1)?.saleId : undefined
  }

  /**
   * Sales read before their views seem to have what was taken in between, and sales read after them what was
   * given back: where units are lacking, the fewer of both count.
   */
  async #lookAgain(before: readonly SaleRow[], views: readonly (GateState | undefined)[]) {
    const isLacking = before.some((sale, i) => views[i] && lackOf(sale, views[i]) > 0)
    if (!isLacking) return before
    const after = await this.#deps.sales.current(this.#lastId, SALES_PER_PASS)
    const left = new Map(after.map(({ saleId, available }) => [saleId, available]))
    return before.map((sale) => ({
      ...sale,
      available: Math.min(sale.available, left.get(sale.saleId) ?? sale.available),
    }))
  }

  /** False, and the rest is left for the next pass, when one of them cannot be rebuilt: it has a reason. */
  async #rebuildAll(doubtful: readonly Doubtful[]): Promise<boolean> {
    const fewAtOnce = pLimit(REBUILDS_AT_ONCE)
    let goesOn = true
    const rebuildOne = async ({ sale, view, why }: Doubtful) => {
      if (!goesOn || this.#closed) return
      const units = { gate: view?.left, ledger: sale.available }
      this.#deps.log.warn({ saleId: sale.saleId, why, ...units }, 'gate in doubt')
      this.#counts.rebuiltViews++
      if (!(await this.#deps.rebuild(sale.saleId, why))) goesOn = false
    }
    // In any order, so that one that can never be rebuilt does not stand before the same others for ever.
    const anyOrder = doubtful.toSorted(() => Math.random() - 0.5)
    await Promise.all(anyOrder.map((each) => fewAtOnce(rebuildOne, each)))
    return goesOn
  }

  /** Redis' clock was set: the view goes on by the ledger's. */
  async #setClock(view: GateState | undefined, ahead: number): Promise<void> {
    if (!view || Math.abs(view.ahead - ahead) <= AHEAD_MS_MAX) return
    const { saleId, epoch } = view
    this.#deps.log.warn({ saleId, was: view.ahead, ahead }, "Redis' clock was set")
    await this.#deps.gate.change(saleId, { epoch, addUnits: 0, ahead })
  }

  async #settleOverdue(saleId: string): Promise<void> {
    const { gate, ledger, log, overdueMs } = this.#deps
    const overdue = await gate.overdue(saleId, overdueMs)
    if (overdue.length === 0) return
    const voided = await ledger.voidClaims(saleId, overdue)
    const committed = overdue.filter(({ claimId }) => !voided.has(claimId)).map(({ claimId }) => claimId)
    if (committed.length > 0) await gate.confirm(saleId, committed)
    const lost = overdue.filter(({ claimId }) => voided.has(claimId))
    const units = lost.length > 0 ? ((await gate.free(saleId, 'void', lost)) ?? 0) : 0
    this.#counts.confirmedClaims += committed.length
    this.#counts.voidedClaims += voided.size
    this.#counts.freedUnits += units
    log.info({ saleId, committed: committed.length, voided: lost.length, units }, 'overdue claims settled')
  }
}
