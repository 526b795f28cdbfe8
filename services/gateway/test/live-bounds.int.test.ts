import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { openOrderNews } from '../src/adapters/order-news-kafka.ts'
import { type Newsroom, openNewsroom } from './live-house.ts'
import { quiet, type Reader, read } from './reader.ts'
import { ORDER, SALE } from './samples.ts'
import { openWorld, until } from './stand-ins.ts'
import { goodClaims } from './test-keys.ts'

let newsroom: Newsroom
before(async () => {
  newsroom = await openNewsroom()
})
after(() => newsroom.close())

async function openLive(env: Record<string, string>) {
  const world = await openWorld(env)
  const order = { version: 0 }
  world.order.say = ({ path }) => (path.includes('/orders/') ? { body: { ...ORDER, ...order } } : undefined)
  world.inventory.say = ({ path }) => (path.includes('/sales/') ? { body: SALE } : undefined)
  const follow = (userId: string, token = world.key.token(userId)) =>
    read(world, `/api/orders/${newId()}/events`, { authorization: `Bearer ${token}` })
  const watch = (address: string) =>
    read(world, `/api/sales/${newId()}/events`, { 'x-forwarded-for': address })
  return { world, order, follow, watch }
}

const seen = ({ status, headers, text }: Reader) => [
  status,
  text && JSON.parse(text).code,
  Number(headers.get('retry-after')) > 0,
]

test('one user or address has ten streams at most, and an eleventh when one has ended', async (t) => {
  const { world, follow, watch } = await openLive({})
  t.after(() => world.close())
  const [ada, bob] = [newId(), newId()]
  const ten = Array.from({ length: 10 }, (_, i) => i)
  const [first] = await Promise.all(ten.map(() => follow(ada)))
  await Promise.all(ten.map(() => watch('203.0.113.7')))
  assert.deepEqual(seen(await follow(ada)), [429, 'quota_exceeded', true])
  assert.deepEqual(seen(await watch('203.0.113.7')), [429, 'quota_exceeded', true])
  assert.deepEqual([(await follow(bob)).status, (await watch('203.0.113.8')).status], [200, 200])
  first?.leave()
  await until(async () => (await follow(ada)).status === 200)
})

test('when all places are taken the next is told to come back', async (t) => {
  const { world, follow, watch } = await openLive({ STREAMS_MAX: '3' })
  t.after(() => world.close())
  const readers = [await follow(newId()), await watch('203.0.113.7'), await follow(newId())]
  assert.deepEqual(readers.map(seen), Array(3).fill([200, '', false]))
  assert.deepEqual(seen(await follow(newId())), [503, 'overloaded', true])
  world.order.say = () => ({ status: 500 })
  readers[0]?.leave()
  // An attempt that fails keeps no place.
  await until(async () => (await follow(newId())).text.includes('"unavailable"'))
  assert.equal((await follow(newId())).text.includes('"unavailable"'), true)
  assert.equal((await watch('203.0.113.7')).status, 200)
})

test('who leaves before the first look has ended keeps no place', async (t) => {
  const { world, follow } = await openLive({ STREAMS_MAX: '1' })
  t.after(() => world.close())
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  world.order.say = async () => {
    await held
    return { body: { ...ORDER, version: 0 } }
  }
  const leaving = new AbortController()
  const headers = { authorization: `Bearer ${world.key.token(newId())}` }
  const url = `${world.gateway.url}/api/orders/${newId()}/events`
  const impatient = fetch(url, { headers, signal: leaving.signal })
  await until(() => world.order.heard.length === 1)
  leaving.abort()
  await assert.rejects(impatient)
  assert.equal((await follow(newId())).status, 503)
  release()
  await until(async () => (await follow(newId())).status === 200)
  const live = await fetch(`${world.gateway.url}/health/live`)
  assert.equal(((await live.json()) as { inFlight: number }).inFlight, 0)
})

test('a stream ends with the token it was opened with', async (t) => {
  const { world, follow } = await openLive({})
  t.after(() => world.close())
  const me = newId()
  // Five seconds of leeway are left for clocks that differ.
  const exp = Math.floor(Date.now() / 1_000) - 2
  const reader = await follow(me, world.key.sign({ ...goodClaims(me), iat: exp - 600, exp }))
  const staying = await follow(me)
  await reader.told(1)
  assert.equal(reader.over, false)
  await quiet(1_500)
  await until(() => reader.over)
  assert.ok(Date.now() >= (exp + 5) * 1_000)
  assert.equal(staying.over, false)
})

test('closing ends all streams at once, and is quick', async (t) => {
  const { world, follow, watch } = await openLive(newsroom.env)
  t.after(() => world.close())
  const readers = [await follow(newId()), await watch('203.0.113.7')]
  // The second look is that of a gateway that has begun to listen.
  await until(() => world.order.heard.length === 2)
  assert.equal((await newsroom.groups()).length, 1)
  const since = performance.now()
  const closed = world.gateway.close()
  await until(() => readers.every(({ over }) => over))
  assert.ok(performance.now() - since < 1_500, `streams: ${performance.now() - since} ms`)
  await closed
  assert.ok(performance.now() - since < 5_000, `all: ${performance.now() - since} ms`)
  assert.deepEqual(await newsroom.groups(), [])
})

for (const [name, env] of Object.entries({
  'with Kafka away': { KAFKA_BROKERS: '127.0.0.1:1' },
  'without any Kafka': {} as Record<string, string>,
})) {
  test(`${name} the gateway is ready, and an order is looked at with each beat`, async (t) => {
    const { world, follow, order } = await openLive({ STREAM_BEAT_MS: '300', ...env })
    t.after(() => world.close())
    const reader = await follow(newId())
    await reader.told(1)
    order.version = 1
    assert.equal((await reader.told(2)).id, '1')
    assert.equal((await fetch(`${world.gateway.url}/health/ready`)).status, 200)
    const since = performance.now()
    await world.gateway.close()
    assert.ok(performance.now() - since < 8_000)
  })
}

test('news are heard only while somebody wants them, and a little longer', async (t) => {
  const { kafka, log } = newsroom
  const heard: string[] = []
  let listening = 0
  const news = openOrderNews({
    ...{ kafka, log, lingerMs: 300 },
    onOrder: (orderId) => heard.push(orderId),
    onListening: () => listening++,
  })
  t.after(() => news.close())
  await quiet(300)
  assert.deepEqual(await newsroom.groups(), [])
  news.want()
  news.want()
  await until(() => listening === 1)
  news.unwant()
  news.unwant()
  news.want()
  await quiet(600)
  await newsroom.tell('order.expired', 'someone')
  await until(() => heard.length === 1)
  news.unwant()
  await until(async () => (await newsroom.groups()).length === 0)
  news.want()
  await until(() => listening === 2)
})
