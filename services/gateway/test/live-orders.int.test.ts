import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Topic } from '@stampede/contracts/events'
import { newId } from '@stampede/contracts/ids'
import { type Newsroom, openNewsroom } from './live-house.ts'
import { quiet, read } from './reader.ts'
import { ORDER } from './samples.ts'
import { openWorld, until, type World } from './stand-ins.ts'

let newsroom: Newsroom
let world: World
before(async () => {
  newsroom = await openNewsroom()
  world = await openWorld(newsroom.env)
  world.order.say = () => ({ body: { ...ORDER, version: 0 } })
  await follow(newId())
  // Once for the stream, and again when it is listening: from now on no word is missed.
  await until(() => world.order.heard.length === 2)
})
after(async () => {
  await world.close()
  await newsroom.close()
})

// biome-ignore lint/suspicious/noExplicitAny: orders as the service tells them, right or odd
type Row = any
const rows = new Map<string, Row>()
let me = newId()
beforeEach(() => {
  me = newId()
  rows.clear()
  world.order.heard.length = 0
  world.order.say = ({ path }) => ({ ...found(path) })
})

function found(path: string): { status?: number; body: Row } {
  const row = rows.get(path)
  return row ? { body: row } : { status: 404, body: { code: 'not_found' } }
}

function put(row: Row): string {
  const orderId: string = row.orderId ?? newId()
  rows.set(`/internal/users/${me}/orders/${orderId}`, { ...ORDER, ...row, orderId })
  return orderId
}

function follow(orderId: string, headers: Record<string, string> = {}, userId = me) {
  const authorization = `Bearer ${world.key.token(userId)}`
  return read(world, `/api/orders/${orderId}/events`, { authorization, ...headers })
}

test('an order is told whole at first, and again after each word about it, whatever the word', async () => {
  const orderId = put({ version: 0, secret: 'not for the public' })
  const reader = await follow(orderId)
  assert.equal(reader.status, 200)
  const { secret: _, ...whole } = { ...ORDER, orderId, version: 0, secret: '' }
  assert.deepEqual(await reader.told(1), { event: 'order', id: '0', data: whole })
  const topics: Topic[] = ['order.paid', 'payment.failed', 'refund.settled', 'payment.requested']
  for (const [i, topic] of topics.entries()) {
    put({ orderId, version: i + 1 })
    await newsroom.tell(topic, orderId)
    assert.equal((await reader.told(i + 2)).id, String(i + 1), topic)
  }
  await newsroom.tell('order.paid', orderId)
  await newsroom.tell('order.paid', newId())
  await quiet(1_300)
  assert.equal(reader.events.length, 5)
  const asked = world.order.heard.at(-1)
  assert.equal(asked?.headers.authorization, 'Bearer development-internal-key')
  reader.leave()
})

test('a word that comes before the order service has acted on it is not lost', async () => {
  const orderId = put({ version: 0 })
  const reader = await follow(orderId)
  await newsroom.tell('payment.settled', orderId)
  await quiet(600)
  put({ orderId, version: 2, state: 'paid' })
  const { id, data } = await reader.told(2)
  assert.deepEqual([id, data.state], ['2', 'paid'])
  reader.leave()
})

test('what happens while the first look is under way is told after it', async () => {
  const orderId = put({ version: 0 })
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  world.order.say = async ({ path }) => {
    const old = found(path)
    await held
    return old
  }
  const looks = world.order.heard.length
  const reading = follow(orderId)
  await until(() => world.order.heard.length > looks)
  put({ orderId, version: 1 })
  await newsroom.tell('order.paid', orderId)
  await quiet(1_500)
  release()
  const reader = await reading
  assert.deepEqual([(await reader.told(1)).id, (await reader.told(2)).id], ['0', '1'])
  reader.leave()
})

test('who comes back is told what is new, and nothing when nothing is', async () => {
  const orderId = put({ version: 3 })
  const same = await follow(orderId, { 'last-event-id': '3' })
  const older = await follow(orderId, { 'last-event-id': '2' })
  assert.equal((await older.told(1)).id, '3')
  assert.equal(same.events.length, 0)
  put({ orderId, version: 4 })
  await newsroom.tell('order.refunded', orderId)
  assert.deepEqual([(await same.told(1)).id, (await older.told(2)).id], ['4', '4'])
  same.leave()
  older.leave()
})

test('an order that waits to be made becomes one of version 0, or is refused', async () => {
  const [made, refused] = [newId(), newId()]
  const queued = { saleId: newId(), quantity: 1, state: 'queued', traceId: ORDER.traceId }
  for (const orderId of [made, refused]) {
    rows.set(`/internal/users/${me}/orders/${orderId}`, { ...queued, orderId })
  }
  const readers = [await follow(made), await follow(refused)] as const
  for (const reader of readers) assert.equal((await reader.told(1)).data.state, 'queued')
  put({ orderId: made, version: 0 })
  rows.set(`/internal/users/${me}/orders/${refused}`, {
    ...{ ...queued, orderId: refused },
    ...{ state: 'refused', code: 'sold_out' },
  })
  for (const orderId of [made, refused]) await newsroom.tell('order.placed', orderId)
  const [order, end] = [await readers[0].told(2), await readers[1].told(2)]
  assert.deepEqual([order.id, order.data.state, order.data.version], ['0', 'pending', 0])
  assert.deepEqual([end.data.state, end.data.code], ['refused', 'sold_out'])
  for (const reader of readers) reader.leave()
})

test('only its owner follows an order: 404 to another buyer, 401 to nobody', async () => {
  const orderId = put({ version: 0 })
  const foreign = await follow(orderId, {}, newId())
  assert.deepEqual([foreign.status, JSON.parse(foreign.text).code], [404, 'not_found'])
  const nobody = await read(world, `/api/orders/${orderId}/events`)
  assert.deepEqual([nobody.status, nobody.headers.get('www-authenticate')], [401, 'Bearer'])
})
