import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { openLog } from '@stampede/kit/log'
import { openPool } from '@stampede/kit/postgres'
import { checkDatabase } from './database-prisma.ts'

async function listen(onSocket: (socket: Socket) => void) {
  const server = createServer(onSocket).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

function poolAt(port: number) {
  const url = `postgresql://nobody@127.0.0.1:${port}/nowhere`
  return openPool({
    url,
    schema: 'users',
    service: 'user-test',
    connectionsMax: 2,
    log: openLog('user-test', 'error'),
  })
}

test('a database that is gone is not ready', async (t) => {
  const { server, port } = await listen(() => undefined)
  server.close()
  const pool = poolAt(port)
  t.after(() => pool.end())
  assert.equal(await checkDatabase(pool), 'does not answer')
})

test('a database that takes the call and says nothing is not ready, within 1.5 s', async (t) => {
  const sockets: Socket[] = []
  const { server, port } = await listen((socket) => sockets.push(socket))
  const pool = poolAt(port)
  t.after(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await pool.end()
  })
  const start = performance.now()
  assert.equal(await checkDatabase(pool), 'does not answer in time')
  assert.ok(performance.now() - start < 1_500)
})
