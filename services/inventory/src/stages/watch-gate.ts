import type { Look } from '@stampede/kit/watch/book-watch'
import type { Gate, GateState } from '../adapters/gate-redis.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import { isOpen, type SaleRow } from '../domain/sale.ts'
import { readCurrent } from './current-sales.ts'

export interface GateLookDeps {
  readonly gate: Pick<Gate, 'look' | 'countUnsettled'>
  readonly sales: Pick<Sales, 'current'>
  /** From when on the reconciler settles a claim that was taken and not confirmed. */
  readonly overdueMs: number
  /** The ledger's clock, in epoch milliseconds. */
  readonly now: () => number
}

const SALES_MAX = 10_000
/** A rebuild of 100,000 live reservations takes less than half of it. */
const SHUT_MS = 10_000
/** What the reconciler has not repaired in this time it will not. */
const REPAIR_MS = 10_000

interface Seen {
  readonly sale: SaleRow
  readonly view: GateState | undefined
}

/**
 * Compares the gate's views with the ledger's rows. Only a difference that stands still from one look to the
 * next counts: units on their way between the two are none. `undersoldUnits` are available, and the gate of
 * an open sale does not offer them; `orphanClaims` took units and nobody settled them.
 */
export function lookAtGate({ gate, sales, overdueMs, now }: GateLookDeps): Look {
  let lastLooks = new Map<string, string>()
  let shutSince = new Map<string, number>()

  async function see(): Promise<Seen[]> {
    const rows = await readAll(sales)
    // A gate that does not answer is as shut as one without a view.
    const views = await Promise.all(rows.map((sale) => gate.look(sale.saleId).catch(() => undefined)))
    return rows.map((sale, i) => ({ sale, view: views[i] }))
  }

  function stillOf(seen: readonly Seen[]): (each: Seen) => boolean {
    const looks = new Map(seen.map((each) => [each.sale.saleId, lookOf(each)]))
    const before = lastLooks
    lastLooks = looks
    return ({ sale, view }) => view?.pending === 0 && before.get(sale.saleId) === looks.get(sale.saleId)
  }

  function longestShut(seen: readonly Seen[]): number {
    const at = performance.now()
    const shut = seen.filter(({ view }) => !view?.whole).map(({ sale }) => sale.saleId)
    shutSince = new Map(shut.map((saleId) => [saleId, shutSince.get(saleId) ?? at]))
    return Math.round(at - Math.min(at, ...shutSince.values()))
  }

  async function countOrphans(seen: readonly Seen[]): Promise<number> {
    const moving = seen.filter(({ view }) => view && view.pending > 0)
    const counts = moving.map(({ sale }) => gate.countUnsettled(sale.saleId, overdueMs).catch(() => 0))
    return sum(await Promise.all(counts))
  }

  return async () => {
    const seen = await see()
    const isStill = stillOf(seen)
    const drifts = seen.map((each) => (each.view && isStill(each) ? missing(each) : 0))
    const undersold = seen.map((each) =>
      isOffered(each) ? (isStill(each) ? missing(each) : 0) : idle(each.sale, now()),
    )
    return [
      { name: 'gateShutMs', value: longestShut(seen), limit: SHUT_MS },
      { name: 'driftUnits', value: sum(drifts.map(Math.abs)), limit: 0, forMs: REPAIR_MS },
      {
        name: 'undersoldUnits',
        value: sum(undersold.map((units) => Math.max(0, units))),
        limit: 0,
        forMs: REPAIR_MS,
      },
      { name: 'orphanClaims', value: await countOrphans(seen), limit: 0, forMs: REPAIR_MS },
    ]
  }
}

async function readAll(sales: Pick<Sales, 'current'>): Promise<SaleRow[]> {
  const all: SaleRow[] = []
  for await (const some of readCurrent(sales)) {
    all.push(...some)
    if (all.length >= SALES_MAX) break
  }
  return all
}

function lookOf({ sale, view }: Seen): string {
  return `${view?.epoch} ${view?.seq} ${view?.left} ${sale.epoch} ${sale.available}`
}

/** Units the ledger has and the view does not. */
function missing({ sale, view }: Seen): number {
  return sale.available - (view?.left ?? 0)
}

function isOffered({ view }: Seen): boolean {
  return view?.whole === true && view.state === 'open'
}

/** What an open sale could sell and nobody can buy. */
function idle(sale: SaleRow, now: number): number {
  return isOpen(sale, now) ? sale.available : 0
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
