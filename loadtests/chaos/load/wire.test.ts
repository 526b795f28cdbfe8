import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { openWire } from './wire.ts'

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_, reply) => reply.writeHead(status).end(body))
  servers.push(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const REQUEST = { method: 'POST', path: '/', body: '{}' }

test('each gateway is asked by its number; a success has its body, a refusal its code', async () => {
  const wire = openWire([await serve(201, '{"orderId":"a"}'), await serve(409, '{"code":"sold_out"}')])
  assert.equal(wire.gateways, 2)
  assert.deepEqual(await wire.send(0, REQUEST), { status: 201, body: '{"orderId":"a"}' })
  assert.deepEqual(await wire.send(1, REQUEST), { status: 409, code: 'sold_out' })
  wire.close()
})

test('a gateway that is not there is no answer, and found again when it is', async () => {
  const origin = await serve(200, 'up')
  const [server] = servers.splice(-1)
  const wire = openWire([origin])
  assert.equal((await wire.send(0, REQUEST)).status, 200)
  server?.closeAllConnections()
  await new Promise<void>((down) => server?.close(() => down()))
  assert.equal((await wire.send(0, REQUEST)).status, 0)
  await new Promise<void>((up) => server?.listen(Number(new URL(origin).port), '127.0.0.1', () => up()))
  servers.push(server as Server)
  assert.equal((await wire.send(0, REQUEST)).status, 200)
  wire.close()
})
