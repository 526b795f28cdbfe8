import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pickProfile } from '../profile.ts'
import { clientOrigins, edgeEnv, listEdges } from './edges.ts'

const profile = pickProfile({ profile: 'chaos' })
const FIRST = 31_000
const edges = listEdges(profile, { gateway: 2, order: 2, inventory: 2 }, FIRST)

test('each way has a proxy and a port of its own, and leads to the part it names', () => {
  assert.equal(new Set(edges.map(({ name }) => name)).size, edges.length)
  assert.deepEqual(
    edges.map(({ listen }) => listen),
    edges.map((_, index) => FIRST + index),
  )
  const way = edges.find(({ name }) => name === 'gateway>order-2')
  assert.equal(way?.upstream, profile.port('order', 1))
})

test('a service is sent through the proxies to everything it asks', () => {
  const env = edgeEnv(edges)
  const listens = (name: string) => edges.find((edge) => edge.name === name)?.listen
  const [first, second] = [listens('gateway>order'), listens('gateway>order-2')]
  assert.equal(env.gateway?.['ORDER_URL'], `http://127.0.0.1:${first},http://127.0.0.1:${second}`)
  assert.match(env.order?.['DATABASE_URL'] ?? '', new RegExp(`:${listens('order>postgres')}/stampede$`))
  assert.equal(env.inventory?.['REDIS_GATE_URL'], `redis://127.0.0.1:${listens('inventory>redis-gate')}`)
  assert.equal(env.functions?.['KAFKA_BROKERS'], `127.0.0.1:${listens('services>kafka')}`)
  assert.match(
    env.provider?.['WEBHOOK_URL'] ?? '',
    new RegExp(`:${listens('provider>gateway')}/api/webhooks`),
  )
})

test('clients come through proxies too, one for each gateway', () => {
  assert.equal(clientOrigins(edges).length, 2)
})
