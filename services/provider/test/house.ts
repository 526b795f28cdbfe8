import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Charge, NewCharge } from '@stampede/contracts/provider'
import { openLog } from '@stampede/kit/log'
import pg from 'pg'
import { v7 } from 'uuid'
import { openApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { openReceiver } from './receiver.ts'

export const SECRET = randomBytes(32).toString('base64')
export const KEY = 'a-key-for-these-tests-only'

export type House = Awaited<ReturnType<typeof openHouse>>

/** The provider on a real Postgres, in a schema of its own, and an ear for its webhooks. */
export async function openHouse() {
  const receiver = await openReceiver(SECRET)
  const schema = newSchema()
  const config = loadConfig({
    DATABASE_SCHEMA: schema,
    LOG_LEVEL: 'error',
    PROVIDER_KEY: KEY,
    WEBHOOK_SECRET: SECRET,
    WEBHOOK_URL: receiver.url,
    SWEEP_EVERY_MS: '50',
  })
  const app = await openApp({ ...config, PORT: 0 }, openLog('provider', 'silent'))
  return {
    ...talkTo(app.url),
    receiver,
    schema,
    async close() {
      await app.close()
      await receiver.close()
      await dropSchema(schema)
    },
  }
}

export function talkTo(url: string) {
  async function ask(method: string, path: string, body?: unknown) {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' }
    const sent = body === undefined ? null : JSON.stringify(body)
    const answer = await fetch(url + path, { method, headers, body: sent })
    return { status: answer.status, body: (await answer.json()) as Charge & { error?: string } }
  }
  return {
    url,
    ask,
    charge: (wish: NewCharge) => ask('POST', '/charges', wish),
    find: (reference: string) => ask('GET', `/charges/${reference}`),
    credit: (charge: string, reference: string, amountCents: number) =>
      ask('POST', `/charges/${charge}/credits`, { reference, amountCents }),
  }
}

export function newCharge(more: Partial<NewCharge> = {}): NewCharge {
  return { reference: v7(), amountCents: 1999, currency: 'EUR', outcome: 'succeed', delayMs: 0, ...more }
}

export function newSchema(): string {
  return `provider_t${randomBytes(4).toString('hex')}`
}

export async function dropSchema(schema: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] })
  await client.connect()
  await client.query(`drop schema if exists ${schema} cascade`)
  await client.end()
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 15_000) {
  const deadline = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`)
    await sleep(20)
  }
}
