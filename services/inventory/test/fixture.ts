import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { deriveOrderId, newId, printKey } from '@stampede/contracts/ids'
import type { NewSale } from '@stampede/contracts/sales'
import { openLog } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPool, type Pool, transaction } from '@stampede/kit/postgres'
import type { EngineUrls } from '@stampede/local/engines'
import { testEngines } from '@stampede/local/test-engines'
import { Gate } from '../src/adapters/gate-redis.ts'
import { Ledger } from '../src/adapters/ledger-postgres.ts'
import { openSales } from '../src/adapters/sales-prisma.ts'
import { Shelf } from '../src/adapters/shelf-postgres.ts'
import { PRISMA_DIR } from '../src/config.ts'
import type { SaleRow } from '../src/domain/sale.ts'
import { Hybrid } from '../src/stages/hybrid.ts'
import type { MultiProcessDeps } from '../src/stages/multi-process.ts'
import { openRebuild } from '../src/stages/rebuild.ts'
import { Reconciler, type ReconcilerDeps } from '../src/stages/reconciler.ts'
import { openSaleCache } from '../src/stages/sale-cache.ts'
import type { Stage } from '../src/stages/stage.ts'
import { Witness } from '../src/stages/witness.ts'

export const HOUR = 3_600_000

/** A stage of the story on real engines, with the article's small pool. */
export async function openStory(
  open: (deps: MultiProcessDeps, urls: EngineUrls) => Stage | Promise<Stage>,
  own: Partial<MultiProcessDeps> = {},
) {
  const urls = await testEngines(['postgres', 'redis-gate', 'redis-queue'])
  const url = urls.DATABASE_URL
  const log = openLog('inventory-test', 'error')
  const schema = `inventory_story_${randomBytes(4).toString('hex')}`
  // Patient, so that a slow machine is not taken for a stage that refuses.
  const patience = { connectionsMax: 10, waitMs: 20_000 }
  const pool = openPool({ url, schema, service: 'inventory-test', log, ...patience })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  const sales = openSales(pool, schema, Date.now)
  const witness = new Witness()
  const saleOf = openSaleCache(sales.get)
  const connect = { databaseUrl: url, schema, redisUrl: urls.REDIS_GATE_URL }
  const deps = { shelf: new Shelf(pool, witness), witness, saleOf, now: Date.now, log, connect, ...own }
  const stage = await open(deps, urls)
  after(async () => {
    await stage.close()
    await sales.close()
    await pool.query(`DROP SCHEMA ${schema} CASCADE`)
    await pool.end()
  })
  return {
    ...{ url, schema, pool, sales, stage, witness, claimOf },
    async openSale(given: Partial<NewSale> = {}): Promise<string> {
      const sale = await sales.create(newId(), { ...saleNow(), stage: stage.name, ...given })
      await stage.load(sale)
      return sale.saleId
    },
    /** The sale's row as the ledger has it. */
    async rowOf(saleId: string): Promise<SaleRow> {
      const row = await sales.get(saleId)
      if (!row) throw new Error('no such sale')
      return row
    },
    async release(claims: readonly Claim[]): Promise<void> {
      const ended = claims.map(({ claimId, ...claim }) => ({ ...claim, orderId: claimId, version: 1 }))
      await (await transaction(pool, (tx) => stage.release(tx, ended)))()
    },
  }
}

/**
 * A hand between look and act: holds claims until `size` of them have looked, then lets all go on. This makes
 * what usually happens by bad luck happen every time.
 */
export function holdUntilAll(size: number): () => Promise<void> {
  let looked = 0
  const all = Promise.withResolvers<void>()
  return () => {
    looked++
    if (looked >= size) all.resolve()
    return all.promise
  }
}

/** The stage on real engines, in a schema of its own that goes when the tests are done. */
export async function openFixture() {
  const { DATABASE_URL: url, REDIS_GATE_URL } = await testEngines(['postgres', 'redis-gate'])
  const log = openLog('inventory-test', 'error')
  const schema = `inventory_test_${randomBytes(4).toString('hex')}`
  const pool = openPool({ url, schema, service: 'inventory-test', connectionsMax: 8, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  const clock = { aheadMs: 0 }
  const now = () => Date.now() + clock.aheadMs
  const gate = new Gate({ url: REDIS_GATE_URL, log, now })
  await new Promise((ready) => gate.redis.once('ready', ready))
  const means = { gate, ledger: new Ledger(pool), now, sales: openSales(pool, schema, now), log }
  const rebuild = openRebuild(pool, gate, log)
  const limits = { gateMax: 512, ledgerMax: 50, ledgerInFlight: 2, queueMax: 10_000 }
  const deps = { ...means, rebuild, wakeRelay: () => undefined, limits }
  const stage = new Hybrid(deps)
  after(async () => {
    await stage.close()
    gate.close()
    await means.sales.close()
    await pool.query(`DROP SCHEMA ${schema} CASCADE`)
    await pool.end()
  })

  async function openSale(given: Partial<NewSale> = {}): Promise<string> {
    const saleId = newId()
    await stage.load(await means.sales.create(saleId, { ...saleNow(), ...given }))
    return saleId
  }
  const reconcile = (overdueMs = 0, own: Partial<ReconcilerDeps> = {}) => {
    const inTurn = (job: () => Promise<void>) => job()
    return new Reconciler({ ...means, rebuild, everyMs: 50, overdueMs, inTurn, ...own })
  }

  return {
    ...means,
    /** Moves the ledger's clock, as far as inventory knows; Redis' stays. */
    clock,
    pool,
    deps,
    stage,
    rebuild,
    openSale,
    reconcile,
    books: (saleId: string) => books(pool, saleId),
  }
}

export function saleNow(): NewSale {
  return {
    title: 'A sale',
    sku: 'SKU-1',
    units: 10,
    priceCents: 1_999,
    currency: 'EUR',
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + HOUR).toISOString(),
    limitPerUser: 2,
  }
}

/** The counters of a sale's row, and the units its reservations say. */
async function books(pool: Pool, saleId: string) {
  const { rows } = await pool.query(
    `SELECT s.available, s.reserved,
       (SELECT coalesce(sum(quantity), 0)::int FROM reservation r
        WHERE r.sale_id = s.sale_id AND state = 'held') AS held,
       (SELECT coalesce(sum(used), 0)::int FROM buyer_use u WHERE u.sale_id = s.sale_id) AS used
     FROM sale s WHERE sale_id = $1`,
    [saleId],
  )
  return rows[0] as Record<'available' | 'reserved' | 'held' | 'used', number>
}

export function claimOf(saleId: string, userId: string, key: string): Claim {
  const claimId = deriveOrderId(userId, saleId, key)
  return {
    claimId,
    saleId,
    userId,
    quantity: 1,
    keyPrint: printKey(key),
    traceId: '0'.repeat(31).concat('1'),
  }
}

export function units(quantity: number, claim: Claim): Claim {
  return { ...claim, quantity }
}

/** `won`, `queued`, or why not. */
export function word(verdict: { won: unknown } | { queued: true } | { refused: string } | undefined): string {
  if (verdict && 'queued' in verdict) return 'queued'
  return verdict && 'refused' in verdict ? verdict.refused : 'won'
}

export async function until(true_: () => Promise<boolean>, what: string, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!(await true_())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`)
    await new Promise((go) => setTimeout(go, 20))
  }
}
