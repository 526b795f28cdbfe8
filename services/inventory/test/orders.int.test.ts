import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import type { Claim, Revival } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import type { Audit } from '@stampede/contracts/sales'
import type { EventOf } from '@stampede/kit/events/envelope'
import { openKafka, useAdmin } from '@stampede/kit/events/kafka'
import { openSender } from '@stampede/kit/events/sender'
import { openLog } from '@stampede/kit/log'
import { openPool } from '@stampede/kit/postgres'
import { openServer } from '@stampede/kit/server'
import { freePort } from '@stampede/kit/testing/free-port'
import { testEngines } from '@stampede/local/test-engines'
import { Gate } from '../src/adapters/gate-redis.ts'
import { Ledger } from '../src/adapters/ledger-postgres.ts'
import { openApp } from '../src/app.ts'
import { config as given } from '../src/config.ts'
import type { OrderTopic } from '../src/consumers/order-changed.ts'
import { claimRoutes } from '../src/routes/claims.ts'
import { openRevive } from '../src/stages/revive.ts'
import { claimOf, saleNow, until } from './fixture.ts'
import { eventOf, revivalOf, rowOf } from './orders-world.ts'

const urls = await testEngines(['postgres', 'redis-gate', 'redis-queue', 'kafka'])
const name = `inventory_orders_${randomBytes(4).toString('hex')}`
const config = {
  ...given,
  ...urls,
  PORT: await freePort(),
  DATABASE_SCHEMA: name,
  QUEUE_PREFIX: name,
  EVENTS_PREFIX: `${name.replaceAll('_', '-')}.`,
}
const log = openLog('inventory-test', 'error')
const { EVENTS_PREFIX: prefix } = config
const kafka = openKafka({ brokers: config.KAFKA_BROKERS.split(','), clientId: name, prefix, log })
const sender = openSender(kafka)
const pool = openPool({ url: config.DATABASE_URL, schema: name, service: 'test', connectionsMax: 2, log })
const app = await openApp(config, log)
after(async () => {
  await app.close()
  await sender.close()
  await useAdmin(kafka.client, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
    await admin.deleteTopics({ topics })
  })
  await pool.query(`DROP SCHEMA ${name} CASCADE`)
  await pool.end()
})

async function ask(method: string, path: string, body?: unknown) {
  const { INTERNAL_KEY } = config
  const headers = { authorization: `Bearer ${INTERNAL_KEY}`, ...(body !== undefined && JSON_BODY) }
  const url = `http://127.0.0.1:${config.PORT}/internal/${path}`
  const response = await fetch(url, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const JSON_BODY = { 'content-type': 'application/json' }

/** Tries on, as a relay does: a topic that was made just now may have no leader yet. */
async function tell(...events: readonly EventOf<OrderTopic>[]): Promise<void> {
  const letters = events.map((event) => ({
    topic: prefix + event.type,
    key: event.subject,
    value: JSON.stringify(event),
  }))
  const sent = () =>
    sender.send(letters).then(
      () => true,
      () => false,
    )
  await until(sent, 'Kafka has the events', 30_000)
}

async function openWon(stage: 'hybrid' | 'database'): Promise<Claim> {
  const { body } = await ask('POST', 'sales', { ...saleNow(), stage })
  const claim = claimOf(body['saleId'] as string, newId(), 'k')
  const { body: answer } = await ask('POST', 'claims', { budgetMs: 5_000, claims: [claim] })
  assert.ok((answer['results'] as object[]).every((verdict) => 'won' in verdict))
  return claim
}

const stands = (claim: Claim, state: string, version: number) => {
  const isSo = async () => {
    const row = await rowOf(pool, claim)
    return row.state === state && row.version === version
  }
  return until(isSo, `the reservation is ${state} by version ${version}`, 30_000)
}

const counts = async ({ saleId }: Claim) => {
  const { body } = await ask('GET', `sales/${saleId}/audit`)
  const { available, reserved, sold, consistent } = body as unknown as Audit
  return { available, reserved, sold, consistent }
}

for (const stage of ['hybrid', 'database'] as const) {
  test(`${stage}: told by Kafka, paid units are sold and refunded units are back, once each`, async () => {
    const claim = await openWon(stage)
    const { saleId } = claim
    await tell(eventOf('order.paid', claim, 2))
    await stands(claim, 'sold', 2)
    assert.deepEqual(await counts(claim), { available: 9, reserved: 0, sold: 1, consistent: true })
    assert.equal((await ask('GET', `sales/${saleId}`)).body['unitsLeft'], 9)
    const refunded = eventOf('order.refunded', claim, 3)
    await tell(refunded, refunded, { ...refunded, id: `${refunded.id} again` })
    await stands(claim, 'released', 3)
    await tell(eventOf('order.expired', claim, 1), eventOf('order.cancelled', claim, 4))
    await stands(claim, 'released', 4)
    assert.deepEqual(await counts(claim), { available: 10, reserved: 0, sold: 0, consistent: true })
  })
}

test('a revival is asked for by HTTP, and an expiry told by Kafka after it frees nothing', async () => {
  const claim = await openWon('hybrid')
  await tell(eventOf('order.expired', claim, 1))
  await stands(claim, 'released', 1)
  const revive = () => ask('POST', 'claims/revive', { budgetMs: 5_000, claims: [revivalOf(claim, 1)] })
  await until(async () => String((await revive()).body['held']) === 'true', 'its units are held again')
  assert.deepEqual(await revive(), { status: 200, body: { held: [true] } })
  await tell({ ...eventOf('order.expired', claim, 1), id: newId() }, eventOf('order.paid', claim, 2))
  await stands(claim, 'sold', 2)
  assert.deepEqual(await counts(claim), { available: 9, reserved: 0, sold: 1, consistent: true })
})

test('while units are on their way or the gate is away nobody can tell, and nothing changes', async () => {
  const claim = await openWon('hybrid')
  await tell(eventOf('order.expired', claim, 1))
  await stands(claim, 'released', 1)
  const gate = new Gate({ url: config.REDIS_GATE_URL, log, now: Date.now })
  await new Promise((ready) => gate.redis.once('ready', ready))
  await until(async () => (await gate.revive(claim.saleId, claim))?.said === 'taken', 'somebody is at it')
  gate.close()
  const claims = [revivalOf(claim, 1)]
  const unknown = { status: 200, body: { held: [null] } }
  assert.deepEqual(await ask('POST', 'claims/revive', { budgetMs: 5_000, claims }), unknown)
  assert.deepEqual(await askWithoutGate(claims), unknown)
  assert.deepEqual(await rowOf(pool, claim), { state: 'released', version: 1 })
})

/** The same route, by a process that cannot reach the gate. */
async function askWithoutGate(claims: readonly Revival[]) {
  const quiet = openLog('inventory-test', 'fatal')
  const gate = new Gate({ url: 'redis://127.0.0.1:9', log: quiet, now: Date.now })
  const server = openServer({ service: 'inventory', log, bodyMax: 10_000, checks: () => Promise.resolve({}) })
  const none = () => Promise.resolve(undefined)
  const never = () => Promise.resolve(false)
  const revive = openRevive({ pool, gate, ledger: new Ledger(pool), rebuild: never, log: quiet })
  claimRoutes(server, { revive, claim: () => Promise.resolve([]), wish: none, winners: none, look: none })
  const payload = { budgetMs: 5_000, claims }
  const answer = await server.inject({ method: 'POST', url: '/internal/claims/revive', payload })
  await server.close()
  gate.close()
  return { status: answer.statusCode, body: answer.json() }
}

test('only the house asks for revivals, at most 100 at a time', async () => {
  const claims = Array.from({ length: 101 }, () => revivalOf(claimOf(newId(), newId(), 'k'), 1))
  const url = `http://127.0.0.1:${config.PORT}/internal/claims/revive`
  assert.equal((await fetch(url, { method: 'POST', headers: JSON_BODY, body: '{}' })).status, 401)
  assert.equal((await ask('POST', 'claims/revive', { budgetMs: 5_000, claims })).status, 400)
  const few = { budgetMs: 5_000, claims: claims.slice(1) }
  const { status, body } = await ask('POST', 'claims/revive', few)
  assert.deepEqual([status, body], [200, { held: claims.slice(1).map(() => false) }])
})
