import type { Log } from '@stampede/kit/log'
import type { Measure } from '@stampede/kit/watch/alarms'
import type { Gate, GateState } from '../adapters/gate-redis.ts'
import type { Ledger } from '../adapters/ledger-postgres.ts'
import type { LeaveMark } from '../adapters/mark-redis.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import type { SaleRow } from '../domain/sale.ts'
import { Doubt } from './doubt.ts'
import type { Rebuild } from './rebuild.ts'

export interface ReconcilerDeps {
  readonly gate: Gate
  readonly ledger: Ledger
  readonly sales: Sales
  readonly rebuild: Rebuild
  readonly log: Log
  /** Runs the job unless another instance is at it; see turn-redlock.ts. */
  readonly inTurn: (job: () => Promise<void>) => Promise<void>
  /** Whether the gate's Redis still has what it had at the last look. */
  readonly leaveMark: LeaveMark
  readonly everyMs: number
  /** A claim taken in the gate and not confirmed for this long is settled. */
  readonly overdueMs: number
}

/** Redis' clock may move so far before its views hear of it: more than a slow answer may be wrong by. */
const AHEAD_MS_MAX = 1_000
/** Bounds a pass; a system with more sales than this comes round to each in several passes. */
const SALES_PER_PASS = 1_000
const FIRST_ID = '00000000-0000-0000-0000-000000000000'

/**
 * Compares the gate with the ledger, for ever, and repairs the gate: a view
 * that is missing, damaged, rolled back or drifted is rebuilt; units taken by
 * a process that died before the ledger are freed by a void written first.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps
  readonly #doubt = new Doubt()
  #lastId = FIRST_ID
  /** Redis was put back, and of which sales is still to be read. */
  #putBack = false
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
    const { gate, leaveMark } = this.#deps
    if (!(await leaveMark())) this.#putBack = true
    if (this.#putBack) await this.#suspectAll()
    const { some, nextId } = await this.#read(this.#lastId)
    const views = await Promise.all(some.map((sale) => gate.look(sale.saleId)))
    const ahead = await gate.ahead()
    for (const [i, sale] of some.entries()) {
      if (this.#closed) return
      await this.#mend(sale, views[i])
      await this.#setClock(views[i], ahead)
    }
    // Only now: those of a pass that failed are looked at again.
    this.#lastId = nextId
  }

  /** No view is believed until it has been rebuilt from here on, however often that fails. */
  async #suspectAll(): Promise<void> {
    for (let afterId = FIRST_ID; ; ) {
      const { some, nextId } = await this.#read(afterId)
      for (const sale of some) this.#doubt.suspect(sale)
      if (nextId === FIRST_ID) break
      afterId = nextId
    }
    this.#putBack = false
    this.#lastId = FIRST_ID
  }

  /** The next sales; after the last of all it begins anew. */
  async #read(afterId: string) {
    const some = await this.#deps.sales.current(afterId, SALES_PER_PASS)
    const nextId = some.length === SALES_PER_PASS ? (some.at(-1) as SaleRow).saleId : FIRST_ID
    return { some, nextId }
  }

  async #mend(sale: SaleRow, view: GateState | undefined): Promise<void> {
    const why = this.#doubt.of(sale, view)
    if (why) {
      const units = { gate: view?.left, ledger: sale.available }
      this.#deps.log.warn({ saleId: sale.saleId, why, ...units }, 'gate in doubt')
      this.#counts.rebuiltViews++
      await this.#deps.rebuild(sale.saleId, why)
    } else if (view && view.pending > 0) await this.#settleOverdue(sale.saleId)
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
    const units = lost.length > 0 ? await gate.free(saleId, 'void', lost) : 0
    this.#counts.confirmedClaims += committed.length
    this.#counts.voidedClaims += voided.size
    this.#counts.freedUnits += units
    log.info({ saleId, committed: committed.length, voided: lost.length, units }, 'overdue claims settled')
  }
}
