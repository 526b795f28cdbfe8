import { randomBytes } from 'node:crypto'
import { freePort } from '@stampede/kit/testing/free-port'
import { openLine } from './line.ts'
import { type Running, run } from './processes.ts'

const INTERNAL_KEY = 'a-key-for-these-tests-only'
const PROVIDER_KEY = 'another-key-for-these-tests-only'
export const SECRET = randomBytes(32).toString('base64')

type Service = 'payment' | 'provider'
type Signed = Readonly<Record<'id' | 'timestamp' | 'signature', string>>

/**
 * The payment service and the provider as processes, in schemas and under names of their own. Between them
 * two lines in the test's hand: `asking` to the provider; `telling` back, as the gateway does with webhooks.
 */
export async function openWiring(name: string, env: NodeJS.ProcessEnv) {
  const ports = { payment: String(await freePort()), provider: String(await freePort()) }
  const origins = {
    payment: `http://127.0.0.1:${ports.payment}`,
    provider: `http://127.0.0.1:${ports.provider}`,
  }
  const hook = (payload: string, headers: Signed) => hookTo(origins.payment, { payload, headers })
  const asking = await openLine(({ method, path, headers, body }) => {
    const { authorization = '' } = headers
    const init = { method, headers: { authorization, 'content-type': 'application/json' } }
    return { url: origins.provider + path, init: body === '' ? init : { ...init, body } }
  })
  const telling = await openLine(({ headers, body }) => {
    const header = (field: string) => String(headers[`webhook-${field}`])
    return hook(body, { id: header('id'), timestamp: header('timestamp'), signature: header('signature') })
  })
  const secrets = { PROVIDER_KEY, WEBHOOK_SECRET: SECRET, INTERNAL_KEY }
  const envs: Record<Service, NodeJS.ProcessEnv> = {
    payment: {
      ...{ ...secrets, PORT: ports.payment, DATABASE_SCHEMA: `payments_${name}`, PROVIDER_URL: asking.url },
      ...{ EVENTS_PREFIX: `${name}.`, POLL_AFTER_MS: '500', SWEEP_EVERY_MS: '100', ...env },
    },
    provider: {
      ...{ ...secrets, PORT: ports.provider, DATABASE_SCHEMA: `provider_${name}` },
      ...{ WEBHOOK_URL: telling.url, SWEEP_EVERY_MS: '50' },
    },
  }
  const running: Record<Service, Running> = {
    payment: await run('payment', envs.payment),
    provider: await run('provider', envs.provider),
  }
  return {
    ...{ asking, telling, hook },
    readPayment: <T>(path: string) => read<T>(origins.payment + path, INTERNAL_KEY),
    readProvider: <T>(path: string) => read<T>(origins.provider + path, PROVIDER_KEY),
    async restart(service: Service): Promise<void> {
      running[service] = await run(service, envs[service])
    },
    stop: (service: Service, signal: 'SIGTERM' | 'SIGKILL') => running[service].stop(signal),
    async close(): Promise<void> {
      await Promise.all([running.payment.stop('SIGTERM'), running.provider.stop('SIGTERM')])
      await Promise.all([asking.close(), telling.close()])
    },
  }
}

/** The request the gateway makes of a webhook. */
function hookTo(origin: string, delivery: { payload: string; headers: Signed }) {
  const headers = { authorization: `Bearer ${INTERNAL_KEY}`, 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(delivery) }
  return { url: `${origin}/internal/webhooks`, init }
}

async function read<T>(url: string, key: string): Promise<T> {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } })
  return (await answer.json()) as T
}
