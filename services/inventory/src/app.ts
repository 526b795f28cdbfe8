import { openConsumer } from '@stampede/kit/events/consumer'
import { openKafka } from '@stampede/kit/events/kafka'
import { openRelay } from '@stampede/kit/events/relay'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPool } from '@stampede/kit/postgres'
import { internalOnly, openServer } from '@stampede/kit/server'
import { audit } from './adapters/audit-postgres.ts'
import { openGate } from './adapters/gate-redis.ts'
import { openLedger } from './adapters/ledger-postgres.ts'
import { openSales } from './adapters/sales-prisma.ts'
import { openTurn } from './adapters/turn-redlock.ts'
import { type Config, PRISMA_DIR } from './config.ts'
import { releaseEnded } from './consumers/order-ended.ts'
import { claimRoutes } from './routes/claims.ts'
import { saleRoutes } from './routes/sales.ts'
import { OPENERS } from './stages/openers.ts'
import { openRebuild } from './stages/rebuild.ts'
import { openReconciler } from './stages/reconciler.ts'

const BODY_MAX = 256 * 1024

/** Opens everything the service is made of, in order; `close` takes it down in reverse. */
export async function openApp(config: Config, log: Log) {
  const pool = openPool({
    url: config.DATABASE_URL,
    schema: config.DATABASE_SCHEMA,
    service: 'inventory',
    connectionsMax: config.DATABASE_CONNECTIONS,
    log,
  })
  await migrate(pool, { url: config.DATABASE_URL, schema: config.DATABASE_SCHEMA, prismaDir: PRISMA_DIR })
  const kafka = openKafka({
    brokers: config.KAFKA_BROKERS.split(','),
    clientId: 'inventory',
    prefix: config.EVENTS_PREFIX,
    log,
  })
  const gate = openGate(config.REDIS_GATE_URL, log)
  const ledger = openLedger(pool)
  const sales = openSales(pool, config.DATABASE_SCHEMA)
  const rebuild = openRebuild(pool, gate, log)
  const relay = openRelay({ pool, kafka, log })
  const stage = OPENERS.hybrid({
    gate,
    ledger,
    sales,
    log,
    rebuild,
    wakeRelay: relay.wake,
    batches: {
      gateMax: config.GATE_BATCH,
      ledgerMax: config.LEDGER_BATCH,
      ledgerInFlight: config.LEDGER_IN_FLIGHT,
      queueMax: config.CLAIMS_QUEUE,
    },
  })
  const { RECONCILE_EVERY_MS: everyMs, OVERDUE_MS: overdueMs } = config
  const inTurn = openTurn(gate.redis, 'reconcile', 30_000)
  const reconciler = openReconciler({ gate, ledger, sales, rebuild, log, inTurn, everyMs, overdueMs })
  const consumer = openConsumer({
    kafka,
    pool,
    log,
    group: 'inventory',
    topics: ['order.cancelled', 'order.expired'],
    apply: (tx, events) => releaseEnded(stage, tx, events),
    onStuck: (reason) => {
      log.fatal({ reason }, 'events no longer move')
      process.exit(1)
    },
  })

  const app = openServer({ log, bodyMax: BODY_MAX, checks: async () => ({ gate: gate.ready(), ledger: await ping() }) })
  internalOnly(app, config.INTERNAL_KEY)
  claimRoutes(app, { stage, gate })
  saleRoutes(app, { sales, stage, gate, audit: (saleId) => audit(pool, saleId) })
  await app.listen({ host: config.HOST, port: config.PORT })

  async function ping(): Promise<'ok' | string> {
    return pool.query('SELECT 1').then(
      () => 'ok',
      (error: Error) => error.message,
    )
  }

  return {
    app,
    async close(): Promise<void> {
      await app.close()
      await stage.close()
      await reconciler.close()
      await consumer.close()
      await relay.close()
      gate.close()
      await sales.close()
      await pool.end()
    },
  }
}
