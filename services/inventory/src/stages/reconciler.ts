import type { Log } from '@stampede/kit/log'
import type { Gate, GateState } from '../adapters/gate-redis.ts'
import type { Ledger } from '../adapters/ledger-postgres.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import type { SaleRow } from '../domain/sale.ts'
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

const OVERDUE_MAX = 1_000
/** How often the same difference must be seen, with nothing moving, before it counts as drift. */
const DRIFT_SIGHTINGS = 3

/**
 * Compares the gate with the ledger, for ever, and repairs the gate: a view that is missing, damaged, rolled back or
 * drifted is rebuilt; units taken by a process that died before the ledger are freed by a void written first.
 */
export function openReconciler({ gate, ledger, sales, rebuild, log, inTurn, everyMs, overdueMs }: ReconcilerDeps) {
  const sightings = new Map<string, { readonly look: string; readonly times: number }>()
  let running: Promise<void> = Promise.resolve()
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function pass(): Promise<void> {
    for (const sale of await sales.current()) {
      if (closed) return
      await check(sale)
    }
  }

  async function check(sale: SaleRow): Promise<void> {
    const view = await gate.look(sale.saleId)
    const why = doubt(sale, view)
    if (why) return rebuild(sale.saleId, why)
    if (view && view.pending > 0) await settleOverdue(sale.saleId)
  }

  /** Why the view cannot be trusted, or undefined. */
  function doubt(sale: SaleRow, view: GateState | undefined): string | undefined {
    if (!view) return 'view missing'
    if (!view.whole) return 'view damaged'
    if (view.epoch < sale.epoch) return 'view of an older epoch'
    if (view.epoch === sale.epoch && view.seq < sale.lastStamp) return 'view rolled back'
    if (view.pending > 0 || view.left === sale.available) {
      sightings.delete(sale.saleId)
      return undefined
    }
    const look = `${view.epoch} ${view.seq} ${view.left} ${sale.available}`
    const seen = sightings.get(sale.saleId)
    const times = seen?.look === look ? seen.times + 1 : 1
    sightings.set(sale.saleId, { look, times })
    if (times < DRIFT_SIGHTINGS) return undefined
    sightings.delete(sale.saleId)
    log.error({ saleId: sale.saleId, gate: view.left, ledger: sale.available }, 'gate drifted from the ledger')
    return 'view drifted'
  }

  async function settleOverdue(saleId: string): Promise<void> {
    const overdue = await gate.overdue(saleId, overdueMs, OVERDUE_MAX)
    if (overdue.length === 0) return
    const voided = await ledger.voidClaims(saleId, overdue)
    const committed = overdue.filter(({ claimId }) => !voided.has(claimId)).map(({ claimId }) => claimId)
    if (committed.length > 0) await gate.confirm(saleId, committed)
    const units = await gate.free(saleId, 'void', overdue.filter(({ claimId }) => voided.has(claimId)))
    log.info({ saleId, committed: committed.length, voided: voided.size, units }, 'overdue claims settled')
  }

  async function tick(): Promise<void> {
    running = inTurn(pass).catch((error: unknown) => log.warn({ err: error }, 'reconciler pass failed'))
    await running
    if (!closed) timer = setTimeout(tick, everyMs)
  }

  timer = setTimeout(tick, 0)
  return {
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}
