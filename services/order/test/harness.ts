import { randomBytes } from 'node:crypto'
import type { Claim } from '@stampede/contracts/claims'
import type { Event, Topic } from '@stampede/contracts/events'
import { deriveOrderId, newId, printKey } from '@stampede/contracts/ids'
import type { Order, OrderPage, Placement } from '@stampede/contracts/orders'
import { openKafka, useAdmin } from '@stampede/kit/events/kafka'
import { openSender } from '@stampede/kit/events/sender'
import { openLog } from '@stampede/kit/log'
import { freePort } from '@stampede/kit/testing/free-port'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import { Redis } from 'ioredis'
import pg from 'pg'
import { openApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { openStandInInventory, type Terms } from './stand-in-inventory.ts'
import { tellAs } from './tell-as.ts'

const INTERNAL_KEY = 'a-key-for-these-tests-only'

export interface HarnessOptions extends Terms {
  readonly env?: NodeJS.ProcessEnv
}

export type Harness = Awaited<ReturnType<typeof openHarness>>

/** The order service on real engines, in a schema and under names of its own, with a stand-in inventory. */
export async function openHarness({ env = {}, ...terms }: HarnessOptions = {}) {
  const name = `t${randomBytes(4).toString('hex')}`
  const inventory = await openStandInInventory(terms)
  const port = await freePort()
  const config = loadConfig({
    PORT: String(port),
    LOG_LEVEL: 'error',
    DATABASE_SCHEMA: `orders_${name}`,
    QUEUE_PREFIX: name,
    EVENTS_PREFIX: `${name}.`,
    INVENTORY_URL: inventory.url,
    INTERNAL_KEY,
    ...env,
  })
  const log = openLog('order', config.LOG_LEVEL)
  const options = `-c search_path=${config.DATABASE_SCHEMA} -c statement_timeout=5000`
  const sql = new pg.Pool({ connectionString: config.DATABASE_URL, options })
  const kafka = openKafka({
    brokers: config.KAFKA_BROKERS.split(','),
    clientId: name,
    prefix: `${name}.`,
    log,
  })
  const sender = openSender(kafka)
  const app = await openApp(config, log)

  return {
    ...talkTo(`http://127.0.0.1:${port}`),
    config,
    inventory,
    sql,
    app,
    /** All events told so far on a topic, sent or not. */
    async told<T extends Topic>(topic: T): Promise<Event<T>[]> {
      const { rows } = await sql.query<{ events: string }>(
        'select events from outbox where topic = $1 order by id',
        [topic],
      )
      const lines = rows.flatMap(({ events }) => events.split('\n'))
      return lines.map((line) => JSON.parse(line.slice(line.indexOf('\t') + 1)) as Event<T>)
    },
    ...tellAs(name, sender),
    async close(): Promise<void> {
      await app.close()
      await sender.close()
      await useAdmin(kafka.client, async (admin) => {
        const topics = await admin.listTopics()
        await admin.deleteTopics({ topics: topics.filter((topic) => topic.startsWith(`${name}.`)) })
      })
      await sql.query(`drop schema ${config.DATABASE_SCHEMA} cascade`)
      await sql.end()
      await forgetQueue(config.REDIS_QUEUE_URL, name)
      await inventory.close()
    },
  }
}

function talkTo(url: string) {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(url + path, { ...init, headers: { authorization: `Bearer ${INTERNAL_KEY}`, ...init.headers } })
  const post = (path: string, body: unknown) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    url,
    ask,
    post,
    async place(claims: readonly Claim[], budgetMs = 5_000): Promise<Placement[]> {
      const response = await post('/internal/orders', { budgetMs, claims })
      if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
      return ((await response.json()) as { results: Placement[] }).results
    },
    get: (userId: string, orderId: string) => ask(`/internal/users/${userId}/orders/${orderId}`),
    cancel: (userId: string, orderId: string) =>
      ask(`/internal/users/${userId}/orders/${orderId}/cancel`, { method: 'POST' }),
    /** Answers the status and the body of having asked to pay. */
    async pay(
      { userId, claimId }: Claim,
      given: { paymentId?: string; outcome?: string; delayMs?: number } = {},
    ) {
      const { paymentId = newId(), ...terms } = given
      const path = `/internal/users/${userId}/orders/${claimId}/payment`
      return outcomeOf(await post(path, { paymentId, ...terms }))
    },
    async refund({ userId, claimId }: Claim, keyPrint = 1) {
      return outcomeOf(await post(`/internal/users/${userId}/orders/${claimId}/refund`, { keyPrint }))
    },
    async read(userId: string, orderId: string): Promise<Order> {
      return (await (await ask(`/internal/users/${userId}/orders/${orderId}`)).json()) as Order
    },
    async list(userId: string, query = ''): Promise<OrderPage> {
      return (await (await ask(`/internal/users/${userId}/orders${query}`)).json()) as OrderPage
    },
  }
}

async function outcomeOf(response: Response) {
  const body = (await response.json()) as {
    code?: string
    paymentId: string
    state?: string
    refundId?: string
  }
  return { status: response.status, body }
}

export function newClaim(
  given: { userId?: string; saleId?: string; key?: string; quantity?: number } = {},
): Claim {
  const { userId = newId(), saleId = newId(), key = newId(), quantity = 1 } = given
  const claimId = deriveOrderId(userId, saleId, key)
  return { claimId, saleId, userId, quantity, keyPrint: printKey(key), traceId: newTraceId() }
}

/** Some tests give a queue that is not there: then there is nothing to forget. */
async function forgetQueue(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    await redis.unlink(`${prefix}:`, ...(await redis.keys(`${prefix}:*`)))
  } catch {
    // not there
  } finally {
    redis.disconnect()
  }
}
