import assert from 'node:assert/strict'
import net, { type NetConnectOpts, type Socket } from 'node:net'
import { after, afterEach, before, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openListener } from '../src/events/listen.ts'
import { until } from '../testing/until.ts'
import { effects, type House, makeFacts, openHouse, TOPIC, tellAll } from './events-house.ts'

// A broker that dies, as its clients see it: their connections break and new ones are refused. The broker of
// these tests is shared, so it is the connections that are cut. The system's own tests kill a real one.
const sockets = new Set<Socket>()
const connect = net.connect as (options: NetConnectOpts, onConnect: () => void) => Socket
let away = false
mock.method(net, 'connect', (options: NetConnectOpts, onConnect: () => void) => {
  const socket = connect(away ? { host: '127.0.0.1', port: 1 } : options, onConnect)
  sockets.add(socket)
  return socket.once('close', () => sockets.delete(socket))
})

/** A reset is what a killed process leaves; silence is what a cut cable does: requests find no answer. */
function cut(how: 'reset' | 'silence'): void {
  away = true
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  for (const socket of sockets) socket.destroy(how === 'reset' ? reset : undefined)
}

let house: House

before(async () => {
  house = await openHouse()
  await house.create()
})
afterEach(async () => {
  away = false
  await house.closeAll()
})
after(() => house.destroy())

test('the broker goes and comes back many times; everything is told and takes effect once', {
  timeout: 150_000,
}, async () => {
  const stuck: string[] = []
  house.consume({ onStuck: (reason) => void stuck.push(reason) })
  const relay = house.relay()
  let told = 0
  const telling = (async () => {
    for (let i = 0; i < 200; i++) {
      told += (await tellAll(house, makeFacts(20))).length
      relay.wake()
      await sleep(60)
    }
  })()
  for (const pauseMs of [50, 300, 2_000, 6_000, 10]) {
    await sleep(1_000)
    cut(pauseMs === 10 ? 'silence' : 'reset')
    await sleep(pauseMs)
    away = false
  }
  await telling
  await until('all in', async () => (await effects(house)).distinct === told, 60_000)
  assert.deepEqual(await effects(house), { total: told, distinct: told })
  assert.deepEqual(stuck, [])
})

test('what the broker has not confirmed is not marked as told', async () => {
  const relay = house.relay()
  const untold = async () => (await house.untold()).events
  await tellAll(house, makeFacts(10))
  await until('all told', async () => (await untold()) === 0)
  cut('reset')
  await tellAll(house, makeFacts(10))
  relay.wake()
  await sleep(1_000)
  assert.equal(await untold(), 10)
  away = false
  await until('all told', async () => (await untold()) === 0)
})

test('a service opens and closes while there is no broker', async () => {
  cut('reset')
  const startedAt = performance.now()
  const relay = house.relay()
  const consumer = house.consume({ group: 'hopeful' })
  await tellAll(house, makeFacts(10))
  relay.wake()
  await sleep(1_000)
  assert.equal((await house.untold()).events, 10)
  await Promise.all([relay.close(), consumer.close()])
  assert.ok(performance.now() - startedAt < 12_000)
  away = false
  house.consume()
  house.relay()
  await until('told later', async () => (await house.untold()).rows === 0)
})

test('a listener goes on when the broker is back, and says that it may have missed something', async () => {
  const heard = new Set<string>()
  let listening = 0
  const { kafka, log } = house
  const listener = openListener({
    ...{ kafka, log, group: 'ear', topics: [TOPIC] },
    onKey: (key) => heard.add(key),
    onListening: () => listening++,
  })
  const relay = house.relay()
  await until('listening', async () => listening === 1)
  cut('reset')
  // Longer than the broker keeps the place of a member: shorter, and the client goes on where it was.
  await sleep(7_000)
  away = false
  await until('listening again', async () => listening === 2)
  const facts = makeFacts(10)
  await tellAll(house, facts)
  relay.wake()
  await until('heard', async () => facts.every(({ subject }) => heard.has(subject)))
  cut('reset')
  const startedAt = performance.now()
  await listener.close()
  assert.ok(performance.now() - startedAt < 8_000)
})
