import { FUNCTION_TOPICS } from '@stampede/contracts/functions'
import { AccessLog } from '@stampede/kit/access-log'
import { openConsumer } from '@stampede/kit/events/consumer'
import { routeDeadLetters } from '@stampede/kit/events/dead-letters'
import { openKafka } from '@stampede/kit/events/kafka'
import { openPruner } from '@stampede/kit/events/prune'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { checkPostgres, openPool, type Pool } from '@stampede/kit/postgres'
import { type Checks, internalOnly, openServer } from '@stampede/kit/server'
import { routeStory } from '@stampede/kit/story/route'
import { openBookWatch } from '@stampede/kit/watch/book-watch'
import { routeWatch } from '@stampede/kit/watch/route'
import { lookAtLetters } from '@stampede/kit/watch/telling'
import { openCalls, PRUNE_CALLS_SQL } from './adapters/calls-postgres.ts'
import { findDeadCall, finishDead } from './adapters/dead-calls-postgres.ts'
import { openJobs } from './adapters/jobs-bullmq.ts'
import { openRuntime } from './adapters/runtime-piscina.ts'
import { readCallsStory } from './adapters/story-postgres.ts'
import { lookAtCalls } from './adapters/watch-postgres.ts'
import { type Config, PRISMA_DIR } from './config.ts'
import { callFunctions } from './consumers/order-events.ts'
import type { CallKey } from './domain/registry.ts'
import { routeFunctions } from './routes/functions.ts'
import { openRunning } from './run-call.ts'
import { openCallSweep } from './sweep-calls.ts'

/** Beside the time of a call itself: what is left to do when the function has ended. */
const LEASE_SPARE_MS = 5_000

/** Opens everything the service is made of; `close` drains it: intake, events, jobs, threads, connections. */
export async function openApp(config: Config, log: Log) {
  const pool = await openDatabase(config, log)
  const { running, announce, calls, close } = openWork(config, pool, log)
  const consumer = openHearing(config, { pool, log, apply: callFunctions({ write: calls.write, announce }) })
  const watch = openBookWatch({ log, looks: [lookAtCalls(pool), lookAtLetters(pool)] })
  const server = openServer({
    service: 'functions',
    log,
    access: new AccessLog(log, config.LOG_ACCESS),
    checks: () => check(pool),
  })
  internalOnly(server, config.INTERNAL_KEY, ['/internal/', '/functions/'])
  await routeFunctions(server, running)
  routeDeadLetters(server, {
    pool,
    replay: async (id) => {
      const end = await running.replay(id)
      return end === 'not_found' ? consumer.replay(id) : end
    },
  })
  routeStory(server, (orderId) => readCallsStory(pool, orderId))
  routeWatch(server, watch)
  await server.listen({ host: config.HOST, port: config.PORT })
  return {
    async close(): Promise<void> {
      watch.stop()
      await server.close()
      await consumer.close()
      await close()
      await watch.close()
      await pool.end()
    },
  }
}

async function openDatabase(config: Config, log: Log): Promise<Pool> {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATABASE_CONNECTIONS: connectionsMax } = config
  const pool = openPool({ url, schema, service: 'functions', connectionsMax, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  return pool
}

function openWork(config: Config, pool: Pool, log: Log) {
  const calls = openCalls(pool, {
    triesMax: config.TRIES_MAX,
    retryFirstMs: config.RETRY_FIRST_MS,
    retryMostMs: config.RETRY_MOST_MS,
    leaseMs: config.CALL_MS + LEASE_SPARE_MS,
  })
  const runtime = openRuntime({
    dir: config.FUNCTIONS_DIR,
    threads: config.POOL_THREADS,
    callMs: config.CALL_MS,
    waitingMax: config.CALLS_WAITING_MAX,
    compileCache: config.NODE_COMPILE_CACHE,
  })
  const announce = (due: readonly CallKey[]) => jobs.announce(due)
  const running = openRunning({
    ...{ log, calls, runtime, announce, triesMax: config.TRIES_MAX },
    findDead: (letterId) => findDeadCall(pool, letterId),
    finishDead: (letterId, found) => finishDead(pool, letterId, found),
  })
  const { REDIS_QUEUE_URL: url, QUEUE_PREFIX: prefix, JOBS_AT_ONCE: atOnce } = config
  const jobs = openJobs({ url, prefix, log, atOnce, run: running.run })
  const { SWEEP_EVERY_MS: everyMs, SWEEP_ROWS_MAX: rowsMax, JOB_LOST_MS: lostMs } = config
  const sweep = openCallSweep({
    ...{ overdue: calls.overdue, announce, announceLost: jobs.announceLost },
    ...{ everyMs, lostMs, rowsMax, log },
  })
  const pruner = openPruner({ pool, log, sql: PRUNE_CALLS_SQL })
  return {
    ...{ running, announce, calls },
    async close(): Promise<void> {
      pruner.close()
      await sweep.close()
      await jobs.close()
      await runtime.close()
    },
  }
}

type Hearing = Pick<
  Parameters<typeof openConsumer<(typeof FUNCTION_TOPICS)[number]>>[0],
  'pool' | 'log' | 'apply'
>

function openHearing(config: Config, { pool, log, apply }: Hearing) {
  const brokers = config.KAFKA_BROKERS.split(',')
  const kafka = openKafka({ brokers, clientId: 'functions', prefix: config.EVENTS_PREFIX, log })
  return openConsumer({
    ...{ kafka, pool, log, apply },
    group: 'functions',
    topics: FUNCTION_TOPICS,
  })
}

/** Without Kafka or the queue there is still something to do: functions can be called by HTTP. */
async function check(pool: Pool): Promise<Checks> {
  return { postgres: await checkPostgres(pool) }
}
