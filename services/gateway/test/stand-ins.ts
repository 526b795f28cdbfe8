import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Log, openLog } from '@stampede/kit/log'
import { type GatewayApp, openApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { makeKey, type TestKey } from './test-keys.ts'

export interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: a stand-in reads whatever came
  readonly body: any
}

type Said = { status?: number; body?: unknown } | 'hang'
export type Say = (heard: Heard) => Said | undefined | Promise<Said | undefined>

export interface StandIn {
  readonly url: string
  readonly heard: Heard[]
  /** What it says from now on; `undefined` falls back to what it says by itself. */
  say: Say
  close(): Promise<void>
}

/** A service that says what the test wants, over real HTTP. */
export async function openStandIn(usual: Say): Promise<StandIn> {
  const heard: Heard[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const text = Buffer.concat(parts).toString()
    const { method = '', url: path = '', headers } = request
    const what = { method, path, headers, body: text && JSON.parse(text) }
    if (path !== '/health/live') heard.push(what)
    answer(
      response,
      (await standIn.say(what)) ?? (await usual(what)) ?? { status: 404, body: { code: 'not_found' } },
    )
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const standIn: StandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    say: () => undefined,
    close() {
      server.closeAllConnections()
      return new Promise((closed) => server.close(() => closed()))
    },
  }
  return standIn
}

function answer(response: ServerResponse, said: Said): void {
  if (said === 'hang') return
  response.writeHead(said.status ?? 200, { 'content-type': 'application/json' })
  response.end(said.body === undefined ? '' : JSON.stringify(said.body))
}

export interface World {
  readonly gateway: GatewayApp
  readonly key: TestKey
  readonly user: StandIn
  readonly inventory: StandIn
  readonly order: StandIn
  readonly payment: StandIn
  readonly functions: StandIn
  close(): Promise<void>
}

/** A gateway as it runs, in front of stand-ins. It is ready when this returns. */
export async function openWorld(
  env: Record<string, string> = {},
  log: Log = openLog('gateway', 'silent'),
): Promise<World> {
  const key = makeKey('k1')
  const user = await openStandIn(({ path }) =>
    path === '/internal/jwks'
      ? { body: { keys: [key.jwk], now: Date.now() } }
      : path === '/health/live'
        ? { body: {} }
        : undefined,
  )
  const inventory = await openStandIn(({ path }) => (path === '/health/live' ? { body: {} } : undefined))
  const order = await openStandIn(({ path, body }) =>
    path === '/internal/orders'
      ? { body: { results: body.claims.map(placed) } }
      : path === '/health/live'
        ? { body: {} }
        : undefined,
  )
  const [payment, functions] = [await openStandIn(() => undefined), await openStandIn(() => undefined)]
  const urls = { USER_URL: user.url, INVENTORY_URL: inventory.url, ORDER_URL: order.url }
  const later = { PAYMENT_URL: payment.url, FUNCTIONS_URL: functions.url }
  const config = { ...loadConfig({ LOG_LEVEL: 'error', ...urls, ...later, ...env }), PORT: 0 }
  const opened = await openApp(config, log)
  let closing: Promise<void> | undefined
  const gateway = { url: opened.url, close: () => (closing ??= opened.close()) }
  await until(async () => (await fetch(`${gateway.url}/health/ready`)).status === 200)
  user.heard.length = 0
  const closeAll = [gateway, user, inventory, order, payment, functions]
  return {
    ...{ gateway, key, user, inventory, order, payment, functions },
    async close() {
      for (const each of closeAll) await each.close()
    },
  }
}

/** A claim that won, as the order service tells it. */
export function placed(claim: { claimId: string; quantity: number; traceId: string }) {
  return {
    placed: {
      orderId: claim.claimId,
      state: 'pending',
      totalCents: 1_000 * claim.quantity,
      currency: 'EUR',
      expiresAt: '2026-11-27T18:15:00.000Z',
      traceId: claim.traceId,
    },
  }
}

/** Waits for something to become true, at most three seconds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 3_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never became true: ${holds}`)
    await new Promise((later) => setTimeout(later, 10))
  }
}
