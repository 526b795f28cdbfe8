import type { AddressInfo } from 'node:net'
import { AccessLog } from '@stampede/kit/access-log'
import { openConsumer } from '@stampede/kit/events/consumer'
import { routeDeadLetters } from '@stampede/kit/events/dead-letters'
import { openKafka } from '@stampede/kit/events/kafka'
import { openPruner } from '@stampede/kit/events/prune'
import { openRelay } from '@stampede/kit/events/relay'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPeer } from '@stampede/kit/peer'
import { checkPostgres, openPool, type Pool } from '@stampede/kit/postgres'
import { type Checks, internalOnly, openServer } from '@stampede/kit/server'
import { routeStory } from '@stampede/kit/story/route'
import { openBookWatch } from '@stampede/kit/watch/book-watch'
import { routeWatch } from '@stampede/kit/watch/route'
import { lookAtLetters, lookAtOutbox } from '@stampede/kit/watch/telling'
import { lookAtOverdue, readBooks } from './adapters/books-postgres.ts'
import { insertPayments } from './adapters/payments-postgres.ts'
import { providerOver } from './adapters/provider-http.ts'
import { insertRefunds } from './adapters/refunds-postgres.ts'
import { retellPayments, retellRefunds } from './adapters/retell-postgres.ts'
import { verifyWith } from './adapters/signatures-standardwebhooks.ts'
import { readMoneyStory } from './adapters/story-postgres.ts'
import { PRUNE_WEBHOOKS_SQL } from './adapters/webhooks-postgres.ts'
import { type Config, PRISMA_DIR } from './config.ts'
import { writeRequests } from './consumers/money-requested.ts'
import { hearWebhook } from './hear-webhook.ts'
import { routeBooks } from './routes/books.ts'
import { routeWebhooks } from './routes/webhooks.ts'
import { openTill } from './till.ts'

/** A webhook of 16 KiB, each of whose bytes may need six in JSON. */
const BODY_MAX = 128 * 1024

/** Opens the service; `close` drains it: intake, questions to the provider, events, connections. */
export async function openApp(config: Config, log: Log) {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATABASE_CONNECTIONS: connectionsMax } = config
  const pool = openPool({ url, schema, service: 'payment', connectionsMax, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  const brokers = config.KAFKA_BROKERS.split(',')
  const kafka = openKafka({ brokers, clientId: 'payment', prefix: config.EVENTS_PREFIX, log })
  const relay = openRelay({ pool, kafka, log })
  const peer = openPeer({ origins: config.PROVIDER_URL, internalKey: config.PROVIDER_KEY })
  const till = openTill({ pool, log, config, provider: providerOver(peer), onTold: relay.wake })
  const consumer = openConsumer({
    ...{ kafka, pool, log, group: 'payment', inbox: false },
    topics: ['payment.requested', 'refund.requested'],
    apply: writeRequests({
      ...{ insertPayments, insertRefunds, retellPayments, retellRefunds },
      onRequested() {
        till.wake()
        relay.wake()
      },
    }),
  })
  const pruner = openPruner({ pool, log, sql: PRUNE_WEBHOOKS_SQL })
  const looks = [lookAtOverdue(pool), lookAtOutbox(pool), lookAtLetters(pool)]
  const watch = openBookWatch({ log, looks })
  const verify = verifyWith(config.WEBHOOK_SECRET.split(','))
  const server = openServer({
    service: 'payment',
    log,
    access: new AccessLog(log, config.LOG_ACCESS),
    bodyMax: BODY_MAX,
    checks: () => check(pool),
  })
  internalOnly(server, config.INTERNAL_KEY)
  routeWebhooks(server, (payload, signed) => hearWebhook({ verify, apply: till.hear }, payload, signed))
  routeDeadLetters(server, { pool, replay: consumer.replay })
  routeBooks(server, (orderId) => readBooks(pool, orderId))
  routeStory(server, (orderId) => readMoneyStory(pool, orderId))
  routeWatch(server, watch)
  await server.listen({ host: config.HOST, port: config.PORT })
  return {
    url: `http://${config.HOST}:${(server.server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      pruner.close()
      watch.stop()
      await server.close()
      await Promise.all([consumer.close(), till.close()])
      await relay.close()
      await watch.close()
      await Promise.all([peer.close(), pool.end()])
    },
  }
}

/** Not the provider: without it payments and refunds are written down and wait. */
async function check(pool: Pool): Promise<Checks> {
  return { postgres: await checkPostgres(pool) }
}
