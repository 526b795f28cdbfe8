import { AccessLog } from '@stampede/kit/access-log'
import { openClock } from '@stampede/kit/clock'
import { openConsumer } from '@stampede/kit/events/consumer'
import { routeDeadLetters } from '@stampede/kit/events/dead-letters'
import { type KafkaLink, openKafka } from '@stampede/kit/events/kafka'
import { openRelay } from '@stampede/kit/events/relay'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { checkPostgres, openPool, type Pool } from '@stampede/kit/postgres'
import { internalOnly, openServer } from '@stampede/kit/server'
import { routeStory } from '@stampede/kit/story/route'
import { openBookWatch } from '@stampede/kit/watch/book-watch'
import { routeWatch } from '@stampede/kit/watch/route'
import { lookAtLetters, lookAtOutbox } from '@stampede/kit/watch/telling'
import { audit } from './adapters/audit-postgres.ts'
import { Gate } from './adapters/gate-redis.ts'
import { Ledger, sell } from './adapters/ledger-postgres.ts'
import { openMark } from './adapters/mark-redis.ts'
import { openPlaceOrder } from './adapters/place-order-bullmq.ts'
import { openSales } from './adapters/sales-prisma.ts'
import { Shelf } from './adapters/shelf-postgres.ts'
import { readReservationStory } from './adapters/story-postgres.ts'
import { openTurn } from './adapters/turn-redlock.ts'
import { lookAtBooks } from './adapters/watch-postgres.ts'
import { Wishes } from './adapters/wishes-redis.ts'
import { type Config, PRISMA_DIR } from './config.ts'
import { followOrders, ORDER_TOPICS } from './consumers/order-changed.ts'
import { claimRoutes } from './routes/claims.ts'
import { saleRoutes } from './routes/sales.ts'
import { openPutBackWatch } from './stages/put-back.ts'
import { openRebuild } from './stages/rebuild.ts'
import { Reconciler } from './stages/reconciler.ts'
import { openRevive } from './stages/revive.ts'
import { openSaleCache } from './stages/sale-cache.ts'
import { Stages } from './stages/stages.ts'
import { lookAtGate } from './stages/watch-gate.ts'
import { Witness } from './stages/witness.ts'
import { tellStory } from './tell-story.ts'

const BODY_MAX = 256 * 1024
/** As small as the article's: part of what goes wrong there. */
const SHELF_POOL = 10
/** Short, because a process that dies in its turn keeps the others from repairing for as long. */
const TURN_MS = 3_000

type Work = Awaited<ReturnType<typeof openWork>>

/** Opens everything the service is made of, in order; `close` takes it down in reverse. */
export async function openApp(config: Config, log: Log) {
  const work = await openWork(config, log)
  const consumer = openFollower(work, log)
  const watch = openWatching(work, config, log)
  const server = openServer({
    service: 'inventory',
    log,
    access: new AccessLog(log, config.LOG_ACCESS),
    bodyMax: BODY_MAX,
    checks: () => check(work),
  })
  internalOnly(server, config.INTERNAL_KEY)
  const { stages, gate, sales, pool, witness, placeOrder } = work
  claimRoutes(server, {
    claim: (claims, deadline) => stages.claim(claims, deadline),
    revive: work.revive,
    wish: placeOrder.look,
    winners: (saleId) => stages.winners(saleId),
    look: (saleId) => stages.shelf(saleId),
  })
  saleRoutes(server, {
    sales,
    load: (sale) => stages.load(sale),
    change: (sale, addUnits) => stages.change(sale, addUnits),
    witness: (saleId) => witness.tell(saleId),
    now: () => new Date(work.clock.now()),
    audit: (saleId) => audit(pool, saleId),
  })
  routeDeadLetters(server, { pool, replay: consumer.replay })
  const storyOf = { read: (orderId: string) => readReservationStory(pool, orderId), wish: placeOrder.look }
  routeStory(server, (orderId, userId) => tellStory(storyOf, orderId, userId))
  routeWatch(server, watch)
  await server.listen({ host: config.HOST, port: config.PORT })
  return {
    async close(): Promise<void> {
      watch.stop()
      await server.close()
      await stages.close()
      await placeOrder.close()
      await Promise.all([work.reconciler.close(), work.putBack.close()])
      await consumer.close()
      await work.relay.close()
      gate.close()
      work.clock.close()
      await watch.close()
      await sales.close()
      await Promise.all([pool.end(), work.smallPool.end()])
    },
  }
}

async function openWork(config: Config, log: Log) {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATABASE_CONNECTIONS: connectionsMax } = config
  const pool = openPool({ url, schema, service: 'inventory', connectionsMax, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  const brokers = config.KAFKA_BROKERS.split(',')
  const kafka = openKafka({ brokers, clientId: 'inventory', prefix: config.EVENTS_PREFIX, log })
  const clock = await openClock(pool, log)
  const { now } = clock
  const gate = new Gate({ url: config.REDIS_GATE_URL, log, now })
  const ledger = new Ledger(pool)
  const sales = openSales(pool, schema, now)
  const rebuild = openRebuild(pool, gate, log)
  const relay = openRelay({ pool, kafka, log })
  const means = { gate, ledger, sales, rebuild, now, log }
  const smallPool = openPool({ url, schema, service: 'inventory-shelf', connectionsMax: SHELF_POOL, log })
  const witness = new Witness()
  const connect = { databaseUrl: url, schema, redisUrl: config.REDIS_GATE_URL }
  const story = { shelf: new Shelf(smallPool, witness), witness, saleOf: openSaleCache(sales.get), connect }
  const placeOrder = openPlaceOrder({ url: config.REDIS_QUEUE_URL, prefix: config.QUEUE_PREFIX, log })
  const queued = { wishes: new Wishes(gate.redis), placeOrder }
  const stages = new Stages(pool, {
    ...means,
    ...story,
    ...queued,
    wakeRelay: relay.wake,
    limits: limitsOf(config),
  })
  const reconciler = new Reconciler({
    ...means,
    inTurn: openTurn(gate.redis, `reconcile:${schema}`, TURN_MS),
    everyMs: config.RECONCILE_EVERY_MS,
    overdueMs: config.OVERDUE_MS,
  })
  const putBack = openPutBackWatch({
    ...means,
    leaveMark: openMark(gate.redis),
    everyMs: config.RECONCILE_EVERY_MS,
  })
  const revive = openRevive({ pool, ...means })
  return {
    pool,
    smallPool,
    clock,
    kafka,
    gate,
    sales,
    relay,
    stages,
    revive,
    placeOrder,
    witness,
    reconciler,
    putBack,
  }
}

function limitsOf(config: Config) {
  return {
    gateMax: config.GATE_BATCH,
    ledgerMax: config.LEDGER_BATCH,
    ledgerInFlight: config.LEDGER_IN_FLIGHT,
    queueMax: config.CLAIMS_QUEUE,
  }
}

/** Reservations follow their orders: sold, or back on the shelf. */
function openFollower({ kafka, pool, stages }: { kafka: KafkaLink; pool: Pool; stages: Stages }, log: Log) {
  return openConsumer({
    kafka,
    pool,
    log,
    group: 'inventory',
    topics: ORDER_TOPICS,
    apply: followOrders({ stages, sell }),
  })
}

function openWatching({ pool, gate, sales, reconciler, clock }: Work, config: Config, log: Log) {
  const looks = [
    lookAtBooks(pool),
    lookAtGate({ gate, sales, overdueMs: config.OVERDUE_MS, now: clock.now }),
    lookAtOutbox(pool),
    lookAtLetters(pool),
    async () => reconciler.measures,
  ]
  return openBookWatch({ log, looks })
}

async function check({ gate, pool }: Work) {
  return { gate: gate.ready(), ledger: await checkPostgres(pool) }
}
