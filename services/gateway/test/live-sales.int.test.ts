import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { talk } from './client.ts'
import { quiet, read } from './reader.ts'
import { SALE } from './samples.ts'
import { openWorld, until, type World } from './stand-ins.ts'

let world: World
before(async () => {
  world = await openWorld({ STREAMS_EACH: '2000' })
})
after(() => world.close())

let saleId = newId()
let unitsLeft = 10
beforeEach(() => {
  saleId = newId()
  unitsLeft = 10
  world.inventory.heard.length = 0
  world.inventory.say = ({ path }) =>
    path === `/internal/sales/${saleId}`
      ? { body: { ...SALE, saleId, unitsLeft, secret: 'no', serverTime: new Date().toISOString() } }
      : undefined
})
const path = () => `/api/sales/${saleId}/events`

test('a sale is told whole at first and again when it changed, but not when only its clock went on', async () => {
  const reader = await read(world, path())
  assert.equal(reader.status, 200)
  for (const [name, value] of Object.entries({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })) {
    assert.equal(reader.headers.get(name), value)
  }
  assert.match(reader.headers.get('x-trace-id') ?? '', /^[0-9a-f]{32}$/)
  const first = await reader.told(1)
  const { serverTime, ...rest } = first.data
  const { serverTime: _, ...sample } = SALE
  assert.deepEqual([first.event, rest], ['sale', { ...sample, saleId, unitsLeft: 10 }])
  assert.ok(Date.parse(serverTime) > Date.now() - 5_000)
  await quiet(1_200)
  assert.equal(reader.events.length, 1)
  unitsLeft = 9
  const second = await reader.told(2)
  assert.equal(second.data.unitsLeft, 9)
  assert.notEqual(second.id, first.id)
  reader.leave()
})

test('who comes back and has seen it all is told nothing; who has seen something else, all of it', async () => {
  const first = await read(world, path())
  const { id } = await first.told(1)
  const back = await read(world, path(), { 'last-event-id': id })
  const other = await read(world, path(), { 'last-event-id': 'f00' })
  const long = await read(world, path(), { 'last-event-id': id.repeat(10) })
  assert.deepEqual([(await other.told(1)).id, (await long.told(1)).id], [id, id])
  await quiet()
  assert.equal(back.events.length, 0)
  unitsLeft = 9
  assert.equal((await back.told(1)).data.unitsLeft, 9)
  for (const each of [first, back, other, long]) each.leave()
})

test('a stream that has nothing to tell says that it is there', async (t) => {
  const lively = await openWorld({ STREAM_BEAT_MS: '100' })
  t.after(() => lively.close())
  lively.inventory.say = () => ({ body: SALE })
  const reader = await read(lively, path())
  await until(() => reader.beats >= 3)
  assert.equal(reader.events.length, 1)
})

test('a thousand streams of one sale cost one question each half second, and none when all have left', async () => {
  const readers = await Promise.all(Array.from({ length: 1_000 }, () => read(world, path())))
  await Promise.all(readers.map((each) => each.told(1)))
  const questions = () => world.inventory.heard.length
  const [before, since] = [questions(), performance.now()]
  await quiet(2_000)
  const most = (performance.now() - since) / 500 + 1
  assert.ok(questions() - before <= most, `${questions() - before} questions, not ${most}`)
  assert.ok(questions() > before)
  unitsLeft = 3
  const told = await Promise.all(readers.map((each) => each.told(2)))
  assert.ok(told.every(({ data, id }) => data.unitsLeft === 3 && id === told[0]?.id))
  for (const each of readers) each.leave()
  const live = async () =>
    (await fetch(`${world.gateway.url}/health/live`)).json() as Promise<{ inFlight: number }>
  await until(async () => (await live()).inFlight === 0)
  await quiet(600)
  const left = questions()
  await quiet(1_200)
  assert.equal(questions(), left)
})

test('what stands in the way is told as a problem, and HEAD gets the head only', async () => {
  const unknown = await read(world, `/api/sales/${newId()}/events`)
  assert.deepEqual([unknown.status, JSON.parse(unknown.text).code], [404, 'not_found'])
  for (const odd of ['/api/sales/one/events', `${path()}?token=x`]) {
    const told = await read(world, odd)
    assert.deepEqual([told.status, JSON.parse(told.text).code], [400, 'invalid_request'])
  }
  world.inventory.say = () => ({ status: 500 })
  const away = await read(world, `/api/sales/${newId()}/events`)
  assert.deepEqual([away.status, away.headers.get('retry-after')], [503, '1'])
  world.inventory.say = () => ({ body: SALE })
  const head = talk(world, `HEAD ${path()} HTTP/1.1\r\nHost: x\r\n\r\n`, () => false)
  const heard = await Promise.race([head, quiet(2_000)])
  const [first, ...lines] = String(heard).split('\r\n')
  assert.equal(first, 'HTTP/1.1 200 OK')
  assert.ok(lines.includes('content-type: text/event-stream; charset=utf-8'))
  assert.deepEqual(lines.slice(-2), ['', ''])
  const post = await fetch(`${world.gateway.url}${path()}`, { method: 'POST' })
  assert.deepEqual([post.status, post.headers.get('allow')], [405, 'GET, HEAD'])
})
