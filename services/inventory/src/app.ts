import { openConsumer } from '@stampede/kit/events/consumer'
import { type KafkaLink, openKafka } from '@stampede/kit/events/kafka'
import { within } from '@stampede/kit/events/limit'
import { openRelay } from '@stampede/kit/events/relay'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPool, type Pool } from '@stampede/kit/postgres'
import { internalOnly, openServer } from '@stampede/kit/server'
import { audit } from './adapters/audit-postgres.ts'
import { Gate } from './adapters/gate-redis.ts'
import { Ledger } from './adapters/ledger-postgres.ts'
import { openSales } from './adapters/sales-prisma.ts'
import { openTurn } from './adapters/turn-redlock.ts'
import { type Config, PRISMA_DIR } from './config.ts'
import { releaseEnded } from './consumers/order-ended.ts'
import type { SaleRow } from './domain/sale.ts'
import { claimRoutes } from './routes/claims.ts'
import { saleRoutes } from './routes/sales.ts'
import { OPENERS } from './stages/openers.ts'
import { openRebuild } from './stages/rebuild.ts'
import { Reconciler } from './stages/reconciler.ts'
import type { Stage } from './stages/stage.ts'

const BODY_MAX = 256 * 1024
const CHECK_MS = 1_000
/** Short, because a process that dies in its turn keeps the others from repairing for as long. */
const TURN_MS = 3_000

type Work = Awaited<ReturnType<typeof openWork>>

/** Opens everything the service is made of, in order; `close` takes it down in reverse. */
export async function openApp(config: Config, log: Log) {
  const work = await openWork(config, log)
  const consumer = openReturns(work, log)
  const server = openServer({ log, bodyMax: BODY_MAX, checks: () => check(work) })
  internalOnly(server, config.INTERNAL_KEY)
  const { stage, gate, sales, pool } = work
  claimRoutes(server, {
    claim: (claims, deadline) => stage.claim(claims, deadline),
    winners: (saleId) => gate.winners(saleId),
    look: (saleId) => gate.look(saleId),
  })
  saleRoutes(server, {
    sales,
    load: (saleId) => stage.load(saleId),
    tellGate: (sale, addUnits) => tellGate(gate, sale, addUnits),
    audit: (saleId) => audit(pool, saleId),
  })
  await server.listen({ host: config.HOST, port: config.PORT })
  return {
    async close(): Promise<void> {
      await server.close()
      await stage.close()
      await work.reconciler.close()
      await consumer.close()
      await work.relay.close()
      gate.close()
      await sales.close()
      await pool.end()
    },
  }
}

async function openWork(config: Config, log: Log) {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATABASE_CONNECTIONS: connectionsMax } = config
  const pool = openPool({ url, schema, service: 'inventory', connectionsMax, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  const brokers = config.KAFKA_BROKERS.split(',')
  const kafka = openKafka({ brokers, clientId: 'inventory', prefix: config.EVENTS_PREFIX, log })
  const gate = new Gate(config.REDIS_GATE_URL, log)
  const ledger = new Ledger(pool)
  const sales = openSales(pool, schema)
  const rebuild = openRebuild(pool, gate, log)
  const relay = openRelay({ pool, kafka, log })
  const means = { gate, ledger, sales, rebuild, log }
  const stage = OPENERS.hybrid({ ...means, wakeRelay: relay.wake, limits: limitsOf(config) })
  const reconciler = new Reconciler({
    ...means,
    inTurn: openTurn(gate.redis, `reconcile:${schema}`, TURN_MS),
    everyMs: config.RECONCILE_EVERY_MS,
    overdueMs: config.OVERDUE_MS,
  })
  return { pool, kafka, gate, sales, relay, stage, reconciler }
}

function limitsOf(config: Config) {
  return {
    gateMax: config.GATE_BATCH,
    ledgerMax: config.LEDGER_BATCH,
    ledgerInFlight: config.LEDGER_IN_FLIGHT,
    queueMax: config.CLAIMS_QUEUE,
  }
}

/** Units of orders that ended come back. */
function openReturns({ kafka, pool, stage }: { kafka: KafkaLink; pool: Pool; stage: Stage }, log: Log) {
  return openConsumer({
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
}

async function tellGate(gate: Gate, sale: SaleRow, addUnits: number): Promise<void> {
  const { saleId, epoch, status: state } = sale
  const change = { epoch, addUnits, state, endsAt: sale.endsAt.getTime() }
  await gate.change(saleId, change).catch(() => undefined)
}

async function check({ gate, pool }: Work) {
  const ledger = await within(CHECK_MS, 'Postgres', pool.query('SELECT 1')).then(
    () => 'ok',
    (error: Error) => error.message,
  )
  return { gate: gate.ready(), ledger }
}
