import type { AddressInfo } from 'node:net'
import type { OrderView } from '@stampede/contracts/orders'
import { AccessLog } from '@stampede/kit/access-log'
import { openKafka } from '@stampede/kit/events/kafka'
import type { Log } from '@stampede/kit/log'
import { openPeer, type Peer } from '@stampede/kit/peer'
import { openServer } from '@stampede/kit/server'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import type { FastifyInstance } from 'fastify'
import { checkPeers } from './adapters/checks-peers.ts'
import { openClaims } from './adapters/claims-order.ts'
import { openOrderNews } from './adapters/order-news-kafka.ts'
import { openSalesReader } from './adapters/sales-inventory.ts'
import { openSoldOut } from './adapters/sold-out-inventory.ts'
import { storiesOver } from './adapters/stories-peers.ts'
import { openTokens } from './adapters/tokens-jwks.ts'
import { tracesAt } from './adapters/traces-jaeger.ts'
import { openTraceChoice, TRACE_MARK } from './choose-traces.ts'
import type { Config } from './config.ts'
import { SoldOutFlags } from './domain/sold-out-flags.ts'
import { openOrderFollowing } from './follow-orders.ts'
import { openSaleFollowing } from './follow-sales.ts'
import { deadLetterRoutes } from './routes/dead-letters.ts'
import { openDocs } from './routes/docs.ts'
import { liveRoutes } from './routes/live.ts'
import { refuseOtherMethods } from './routes/methods.ts'
import { orderRoutes } from './routes/orders.ts'
import { paymentRoutes } from './routes/payments.ts'
import { purchaseRoutes } from './routes/purchases.ts'
import { openQuotas } from './routes/quotas.ts'
import { refuseSoldOut } from './routes/refuse-sold-out.ts'
import { saleReadRoutes, saleRoutes } from './routes/sales.ts'
import { storyRoutes } from './routes/story.ts'
import { storyPageRoutes } from './routes/story-page.ts'
import { userRoutes } from './routes/users.ts'
import { watchRoutes } from './routes/watch.ts'
import { webhookRoutes } from './routes/webhooks.ts'

/** How long a look at an order may take, its turn to be asked about included. */
const LOOK_MS = 5_000

export interface GatewayApp {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string
  close(): Promise<void>
}

/** Opens the gateway. It listens at once, and is ready when it has the keys to verify tokens with. */
export async function openApp(config: Config, log: Log): Promise<GatewayApp> {
  const means = openMeans(config, log)
  const traceIdFor = openTraceChoice(config)
  const access = new AccessLog(log, config.LOG_ACCESS)
  const app = openServer({
    service: 'gateway',
    log,
    access,
    traceIdFor: ({ url, headers }) => traceIdFor(url as string, headers[TRACE_MARK]),
    checks: means.checks,
    trustProxy: config.TRUST_PROXY.split(','),
    answerFirst: refuseSoldOut(means.flags, traceIdFor, access),
  })
  await addRoutes(app, means, config)
  await app.listen({ host: config.HOST, port: config.PORT })
  return {
    url: `http://${config.HOST}:${(app.server.address() as AddressInfo).port}`,
    async close() {
      means.soldOut.close()
      means.flags.clear()
      await app.close()
      await means.close()
    },
  }
}

/** All public routes; `/docs` and `/openapi.json` tell of them. */
export async function addRoutes(app: FastifyInstance, means: Means, config: Config): Promise<void> {
  await openDocs(app)
  const refuseTheRest = refuseOtherMethods(app)
  const quotas = await openQuotas(app, { attempts: config.QUOTA_ATTEMPTS, logins: config.QUOTA_LOGINS })
  purchaseRoutes(app, { ...means, quotas })
  orderRoutes(app, means)
  paymentRoutes(app, means)
  storyRoutes(app, means)
  storyPageRoutes(app)
  saleReadRoutes(app, means)
  saleRoutes(app, means)
  addLiveRoutes(app, means, config)
  userRoutes(app, { ...means, quotas })
  await webhookRoutes(app, means)
  deadLetterRoutes(app, means)
  watchRoutes(app, means)
  refuseTheRest()
}

export type Means = ReturnType<typeof openMeans>

export function openMeans(config: Config, log: Log) {
  const { INTERNAL_KEY: internalKey, ASKS_MAX: asksMax } = config
  const hop = 'gateway request'
  const peer = (origins: string) => openPeer({ origins, internalKey, asksMax, hop })
  const [user, inventory, order] = [peer(config.USER_URL), peer(config.INVENTORY_URL), peer(config.ORDER_URL)]
  const [payment, functions] = [peer(config.PAYMENT_URL), peer(config.FUNCTIONS_URL)]
  // Connections of their own, so that no number of slow reads can hold up a purchase or lower a flag.
  const apart = (origins: string) => openPeer({ origins, internalKey, hop })
  const [flagging, placing] = [apart(config.INVENTORY_URL), apart(config.ORDER_URL)]
  const tokens = openTokens(user, log)
  const flags = new SoldOutFlags()
  const soldOut = openSoldOut(flagging, flags)
  const claims = openClaims({
    order: placing,
    log,
    deadlineMs: config.DEADLINE_MS,
    queueMax: config.CLAIMS_QUEUE_MAX,
    inFlightMax: config.CLAIMS_IN_FLIGHT,
    gatherMs: config.CLAIMS_GATHER_MS,
  })
  // Not the user service: without it buyers go on with the tokens they have. Not payment: it is told later.
  const ask = checkPeers({ inventory: flagging, order: placing })
  const { JAEGER_URL: jaeger } = config
  return {
    ...{ user, inventory, order, payment, functions, tokens, flags, soldOut, claims },
    stories: storiesOver({ order, inventory, payment, functions }),
    traces: jaeger === undefined ? undefined : tracesAt(jaeger),
    reader: openSalesReader(inventory),
    checks: async () => ({ keys: tokens.ready ? 'ok' : 'missing', ...(await ask()) }),
    async close() {
      tokens.close()
      await claims.close()
      const peers = [user, inventory, order, payment, functions, flagging, placing]
      await Promise.all(peers.map((each) => each.close()))
    },
  }
}

/** Their means are opened and closed with them. */
function addLiveRoutes(app: FastifyInstance, { tokens, reader }: Means, config: Config): void {
  // Few connections, so that no number of open streams can keep the order service busy.
  const order = openPeer({ origins: config.ORDER_URL, internalKey: config.INTERNAL_KEY, connections: 4 })
  const followOrders = openFollowing(order, config, app.log as Log)
  const followSales = openSaleFollowing({ ask: (saleId) => reader.one(saleId, newTraceId()) })
  const streams = { all: config.STREAMS_MAX, each: config.STREAMS_EACH, beatMs: config.STREAM_BEAT_MS }
  liveRoutes(app, { tokens, followOrders, followSales, streams })
  app.addHook('onClose', async () => {
    await Promise.all([followOrders.close(), order.close()])
  })
}

function openFollowing(order: Peer, config: Config, log: Log) {
  const { KAFKA_BROKERS: brokers, EVENTS_PREFIX: prefix, STREAM_BEAT_MS: everyMs } = config
  const kafka = brokers && openKafka({ brokers: brokers.split(','), clientId: 'gateway', prefix, log })
  return openOrderFollowing({
    ask: (userId, orderId) =>
      order.ask<OrderView>({
        method: 'GET',
        path: `/internal/users/${userId}/orders/${orderId}`,
        budgetMs: LOOK_MS,
        traceId: newTraceId(),
      }),
    openNews: (ears) => (kafka ? openOrderNews({ kafka, log, ...ears }) : undefined),
    everyMs,
  })
}
