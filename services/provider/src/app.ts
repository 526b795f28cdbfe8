import type { AddressInfo } from 'node:net'
import { AccessLog } from '@stampede/kit/access-log'
import { backoffMs } from '@stampede/kit/events/backoff'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { checkPostgres, openPool, type Pool } from '@stampede/kit/postgres'
import { type Checks, openServer } from '@stampede/kit/server'
import { openSweep } from '@stampede/kit/sweep'
import { decideDue, findCharge, makeCharge } from './adapters/charges-postgres.ts'
import { creditCharge } from './adapters/credits-postgres.ts'
import { SEND_MS, sendTo } from './adapters/webhooks-http.ts'
import { delayWebhook, dropWebhook, takeWebhooks, type Waiting } from './adapters/webhooks-postgres.ts'
import { type Config, PRISMA_DIR } from './config.ts'
import { customersOnly, routeCharges } from './routes/charges.ts'

const DECIDE_MAX = 100
/** Longer than sending may take, so that no other process sends it meanwhile. */
const LEASE_MS = 2 * SEND_MS
const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 60_000
/** Nearly a quarter of an hour; who did not take it by then must ask. */
const TRIES_MAX = 20

/** Opens the provider; `close` lets what is on its way arrive. */
export async function openApp(config: Config, log: Log) {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATABASE_CONNECTIONS: connectionsMax } = config
  const pool = openPool({ url, schema, service: 'provider', connectionsMax, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  const sweeps = openSweeps(pool, config, log)
  const server = openServer({
    service: 'provider',
    log,
    access: new AccessLog(log, config.LOG_ACCESS),
    checks: () => check(pool),
  })
  customersOnly(server, config.PROVIDER_KEY)
  routeCharges(server, {
    async make(wish) {
      const charge = await makeCharge(pool, wish)
      sweeps.wake()
      return charge
    },
    find: (reference) => findCharge(pool, reference),
    credit: (reference, wish) => creditCharge(pool, reference, wish),
  })
  await server.listen({ host: config.HOST, port: config.PORT })
  return {
    url: `http://${config.HOST}:${(server.server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      await server.close()
      await sweeps.close()
      await pool.end()
    },
  }
}

function openSweeps(pool: Pool, config: Config, log: Log) {
  const send = sendTo({ url: config.WEBHOOK_URL, secret: config.WEBHOOK_SECRET })
  const everyMs = config.SWEEP_EVERY_MS

  async function deliver(webhook: Waiting): Promise<void> {
    const { id, eventId, tries } = webhook
    const taken = await send(webhook)
    if (!taken && tries < TRIES_MAX) {
      return delayWebhook(pool, id, backoffMs(tries, RETRY_FIRST_MS, RETRY_MOST_MS))
    }
    if (!taken) log.error({ eventId, tries }, 'nobody took a webhook; given up')
    await dropWebhook(pool, id)
  }

  const webhooks = openSweep({
    ...{ what: 'webhooks', log, everyMs, atOnce: config.WEBHOOKS_IN_FLIGHT },
    take: (max) => takeWebhooks(pool, max, LEASE_MS),
    work: deliver,
  })
  const charges = openSweep({
    ...{ what: 'charges', log, everyMs, atOnce: DECIDE_MAX },
    take: (max) => decideDue(pool, max),
    work: async () => webhooks.wake(),
  })
  return {
    wake() {
      webhooks.wake()
      charges.wake()
    },
    async close() {
      await charges.close()
      await webhooks.close()
    },
  }
}

async function check(pool: Pool): Promise<Checks> {
  return { postgres: await checkPostgres(pool) }
}
