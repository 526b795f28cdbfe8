import type { Reservation } from '@stampede/contracts/claims'
import { AccessLog } from '@stampede/kit/access-log'
import { openConsumer } from '@stampede/kit/events/consumer'
import { routeDeadLetters } from '@stampede/kit/events/dead-letters'
import { openKafka } from '@stampede/kit/events/kafka'
import { openRelay } from '@stampede/kit/events/relay'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPeer } from '@stampede/kit/peer'
import { checkPostgres, openPool, type Pool, type Tx, transaction } from '@stampede/kit/postgres'
import { type Checks, internalOnly, openServer } from '@stampede/kit/server'
import { findLetters } from '@stampede/kit/story/letters'
import { findNews } from '@stampede/kit/story/news'
import { type ReadStory, routeStory } from '@stampede/kit/story/route'
import { traced } from '@stampede/kit/tracing/spans'
import { openBookWatch } from '@stampede/kit/watch/book-watch'
import { routeWatch } from '@stampede/kit/watch/route'
import { lookAtLetters, lookAtOutbox } from '@stampede/kit/watch/telling'
import { cancelRow, expireRows } from './adapters/changes-postgres.ts'
import { claimOver } from './adapters/claims-http.ts'
import { openReading } from './adapters/reading-prisma.ts'
import { insertOrders } from './adapters/rows-postgres.ts'
import { openWakeUp } from './adapters/wake-up-bullmq.ts'
import { lookAtOrders, lookAtSteps } from './adapters/watch-postgres.ts'
import { wishOver } from './adapters/wishes-http.ts'
import { cancelOrder } from './cancel-order.ts'
import { type Config, PRISMA_DIR } from './config.ts'
import { makeMissingOrders } from './consumers/stock-reserved.ts'
import { openRecent } from './domain/recent.ts'
import { findOrder } from './find-order.ts'
import { openMoney } from './money.ts'
import { openPlacing } from './place-orders.ts'
import { openRounds } from './rounds.ts'
import { routeOrders } from './routes/orders.ts'
import { routePayments } from './routes/payments.ts'
import { routePlacing } from './routes/place.ts'
import { type StoryPorts, tellStory } from './tell-story.ts'

const BODY_MAX = 256 * 1024
/** The backstop is in no hurry: the later it looks, the more orders it finds already made. */
const BACKSTOP_GATHERS = { gatherBytes: 8 * 1024 * 1024, gatherMs: 1_000 }
/** Some seconds of a rush: enough to spare the backstop a look into Postgres for nearly all of them. */
const RECENT_MIN = 20_000
/** Each row holds the events of a whole batch, and all rows of a pass are in memory together. */
const RELAY_ROWS_MAX = 16

type Work = Awaited<ReturnType<typeof openWork>>

/**
 * Opens everything the service is made of; `close` drains it: intake, batches, expiry, events, connections.
 */
export async function openApp(config: Config, log: Log) {
  const work = await openWork(config, log)
  const backstop = openBackstop(work, log)
  const money = openMoney({ ...work, find: work.orders.find, wakeRelay: work.relay.wake }, config, log)
  const watch = openWatching(work.readingPool, log)
  const server = openServer({
    service: 'order',
    log,
    access: new AccessLog(log, config.LOG_ACCESS),
    bodyMax: BODY_MAX,
    checks: () => check(work.writing),
  })
  internalOnly(server, config.INTERNAL_KEY)
  routePlacing(server, work.placing)
  routeOrders(server, work.orders)
  routePayments(server, money)
  routeDeadLetters(server, {
    pool: work.writing,
    async replay(id) {
      const end = await backstop.replay(id)
      return end === 'not_found' ? money.replay(id) : end
    },
  })
  routeStory(server, openStory(work))
  routeWatch(server, watch)
  await server.listen({ host: config.HOST, port: config.PORT })
  return {
    server,
    async close(): Promise<void> {
      watch.stop()
      await server.close()
      await work.placing.close()
      await Promise.all([work.expiry.close(), work.wakeUp.close()])
      await Promise.all([backstop.close(), money.close()])
      await work.relay.close()
      await watch.close()
      await work.reading.close()
      await Promise.all([work.inventory.close(), work.writing.end(), work.readingPool.end()])
    },
  }
}

async function openWork(config: Config, log: Log) {
  const means = await openMeans(config, log)
  const { commit, writing, relay, reading, inventory } = means
  const expiry = openRounds({
    doSome: () => commit((tx) => expireRows(tx, config.SWEEP_ROWS_MAX)),
    chunkMax: config.SWEEP_ROWS_MAX,
    everyMs: config.SWEEP_EVERY_MS,
    log,
    away: 'overdue orders wait; trying on',
    back: 'orders expire again',
  })
  const queue = { url: config.REDIS_QUEUE_URL, prefix: config.QUEUE_PREFIX }
  const wakeUp = openWakeUp({ ...queue, log, onDue: expiry.sweep })
  function onPlaced(placed: readonly Reservation[]): void {
    relay.wake()
    wakeUp.announce(placed.map(({ expiresAt }) => expiresAt))
  }
  const recent = openRecent(RECENT_MIN)
  const write = traced(
    'order rows',
    { traceIdOf: ({ traceId }: Reservation) => traceId, sizeOf: (isNew) => isNew.filter(Boolean).length },
    async (won) => {
      const placed = new Set(await transaction(writing, (tx) => insertOrders(tx, won)))
      onPlaced([...placed])
      for (const { claimId } of won) recent.add(claimId)
      // A repeated wish finds its order: nothing was written for it.
      return won.map((each) => placed.has(each))
    },
  )
  const placing = openPlacing({ claim: claimOver(inventory), write, log }, placingLimits(config))
  const cancel = (userId: string, orderId: string) => commit((tx) => cancelRow(tx, userId, orderId))
  const orders = {
    list: reading.list,
    find: (userId: string, orderId: string) =>
      findOrder({ find: reading.find, wish: wishOver(inventory) }, userId, orderId),
    cancel: (userId: string, orderId: string) => cancelOrder({ cancel, find: reading.find }, userId, orderId),
  }
  return { ...means, expiry, wakeUp, placing, orders, onPlaced, recent }
}

async function openMeans(config: Config, log: Log) {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema } = config
  const open = (service: string, connectionsMax: number) =>
    openPool({ url, schema, service, connectionsMax, log })
  const writing = open('order', config.DATABASE_CONNECTIONS)
  const readingPool = open('order-reading', config.DATABASE_READ_CONNECTIONS)
  await migrate(writing, { url, schema, prismaDir: PRISMA_DIR })
  const brokers = config.KAFKA_BROKERS.split(',')
  const kafka = openKafka({ brokers, clientId: 'order', prefix: config.EVENTS_PREFIX, log })
  const relay = openRelay({ pool: writing, kafka, log, rowsMax: RELAY_ROWS_MAX })
  const reading = openReading(readingPool, schema)
  const inventory = openPeer({ origins: config.INVENTORY_URL, internalKey: config.INTERNAL_KEY })
  async function commit<T>(change: (tx: Tx) => Promise<T>): Promise<T> {
    const result = await transaction(writing, change)
    relay.wake()
    return result
  }
  return { writing, readingPool, kafka, relay, reading, inventory, commit }
}

function openBackstop({ kafka, writing, onPlaced, recent }: Work, log: Log) {
  return openConsumer({
    kafka,
    pool: writing,
    log,
    group: 'order',
    topics: ['stock.reserved'],
    ...BACKSTOP_GATHERS,
    inbox: false,
    apply: makeMissingOrders({ insert: insertOrders, isKnown: recent.has, onPlaced }),
  })
}

function openStory({ orders, readingPool }: Work): ReadStory {
  const ports: StoryPorts = {
    find: orders.find,
    findNews: (orderId, told) => findNews(readingPool, orderId, told),
    findLetters: (orderId) => findLetters(readingPool, orderId),
  }
  return (orderId, userId) => tellStory(ports, orderId, userId)
}

function openWatching(pool: Pool, log: Log) {
  const looks = [lookAtOrders(pool), lookAtSteps(pool), lookAtOutbox(pool), lookAtLetters(pool)]
  return openBookWatch({ log, looks })
}

function placingLimits(config: Config) {
  return {
    claimBatchesMax: config.CLAIM_BATCHES_MAX,
    claimsWaitingMax: config.CLAIMS_WAITING_MAX,
    rowsPerBatch: config.ROWS_PER_BATCH,
    rowBatchesMax: config.ROW_BATCHES_MAX,
    rowsWaitingMax: config.ROWS_WAITING_MAX,
  }
}

/**
 * Only what every request needs: without Kafka, inventory or the wake-ups this service still has much to do.
 */
async function check(pool: Pool): Promise<Checks> {
  return { postgres: await checkPostgres(pool) }
}
