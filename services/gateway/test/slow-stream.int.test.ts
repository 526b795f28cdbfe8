import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { test } from 'node:test'
import { openLog } from '@stampede/kit/log'
import { openServer } from '@stampede/kit/server'
import { type EventStream, openEventStream } from '../src/routes/event-stream.ts'
import { until } from './stand-ins.ts'

const KILOBYTE = 'x'.repeat(1_024)
const turn = () => new Promise((later) => setImmediate(later))

test('a client that does not read is let go with little waiting for it; one that reads gets it all', async (t) => {
  const streams: { stream: EventStream; waiting: () => number; open: boolean }[] = []
  const app = openServer({ service: 'gateway', log: openLog('test', 'silent'), checks: () => ({}) })
  t.after(() => app.close())
  app.get('/', async (_request, reply) => {
    const one = { waiting: () => reply.raw.writableLength, open: true } as (typeof streams)[0]
    one.stream = openEventStream(reply, {
      ...{ event: 'big', lastId: undefined, beatMs: 60_000, endsInMs: 60_000 },
      onClose: () => {
        one.open = false
      },
    })
    streams.push(one)
    return reply
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const open = async () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    const count = streams.length + 1
    await until(() => streams.length === count)
    return socket
  }
  const deaf = await open()
  deaf.pause()
  let heard = 0
  const keen = await open()
  keen.on('data', (part) => {
    heard += part.length
  })
  const [slow, quick] = streams as [(typeof streams)[0], (typeof streams)[0]]
  let [most, told] = [0, 0]
  // The kernel takes some megabytes first.
  for (; told < 40_000 && slow.open; told++) {
    for (const { stream } of streams) stream.tell({ id: String(told), text: KILOBYTE })
    most = Math.max(most, slow.waiting())
    await turn()
  }
  assert.equal(slow.open, false)
  assert.ok(most < 70_000, `${most} bytes waited`)
  await until(() => heard > told * KILOBYTE.length)
  assert.equal(quick.open, true)
  quick.stream.end()
  await until(() => !quick.open)
})
