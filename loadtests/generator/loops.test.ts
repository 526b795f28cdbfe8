import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { type Attempt, type NextAttempt, runClosedLoop } from './closed-loop.ts'
import { Connection, type Outcome } from './connection.ts'
import { loopbackTarget, type Target } from './loopback.ts'
import { drawArrivals, runOpenLoop } from './open-loop.ts'
import { seededRandom } from './random.ts'
import { buildRequest } from './request.ts'
import { createTally } from './tally.ts'

const servers: Server[] = []
after(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

test('a closed loop sends all, counts statuses and codes, and keeps its connections', async () => {
  const target = await serve((request, response) => {
    request.resume()
    const soldOut = Number(request.headers['x-number']) % 2 === 0
    response.statusCode = soldOut ? 409 : 201
    response.end(soldOut ? '{"status":409,"code":"sold_out"}' : '{}')
  })
  const tally = createTally()
  await runClosedLoop({ target, connections: 8 }, countedAttempts(target, 1000, { done: tally.add }))
  const { sent, answered, statuses, codes, failures } = tally.totals()
  assert.deepEqual({ sent, answered }, { sent: 1000, answered: 1000 })
  assert.deepEqual({ ...statuses }, { 201: 500, 409: 500 })
  assert.deepEqual({ ...codes }, { sold_out: 500 })
  assert.deepEqual({ ...failures }, {})
  assert.equal(connectionCounts.get(target.port), 8)
})

test('a server that hangs up or stays silent costs its own attempts only', async () => {
  let number = 0
  const target = await serve((request, response) => {
    number += 1
    if (number % 10 === 0) request.socket.destroy()
    else if (number % 10 !== 5) response.end('{}')
  })
  const tally = createTally()
  await runClosedLoop(
    { target, connections: 4 },
    countedAttempts(target, 100, { done: tally.add, timeoutMs: 60 }),
  )
  const { sent, answered, failures } = tally.totals()
  assert.equal(sent, 100)
  assert.equal(answered, 80)
  assert.deepEqual({ ...failures }, { closed: 10, abandoned: 10 })
})

test('an answer with connection: close is counted and the next request gets a new connection', async () => {
  const target = await serve((_request, response) => response.setHeader('connection', 'close').end('{}'))
  const tally = createTally()
  await runClosedLoop({ target, connections: 2 }, countedAttempts(target, 20, { done: tally.add }))
  assert.equal(tally.totals().answered, 20)
})

test('nobody at the address is a failure, not an exception', async () => {
  const target = await serve(() => undefined)
  servers.pop()?.close()
  const connection = new Connection(target)
  const outcome = await new Promise<Outcome>((done) =>
    connection.send({ request: 'GET / HTTP/1.1\r\n\r\n', timeoutMs: 1000, done }),
  )
  assert.deepEqual(outcome, { failure: 'unreachable' })
})

test('an open loop measures from the intended time, even of those that wait for a connection', async () => {
  const target = await serve((_request, response) => setTimeout(() => response.end('{}'), 100))
  const tally = createTally()
  const options = { target, connections: 1, connectionsMax: 1 }
  await runOpenLoop(options, [0, 1, 2, 3], countedAttempts(target, 4, { done: tally.add }))
  // One connection, 100 ms each: the last one waited for the three before it.
  assert.ok(tally.totals().maxMs >= 350, `max ${tally.totals().maxMs}`)
})

test('an open loop goes on sending while no answer comes', async () => {
  const held: ServerResponse[] = []
  const target = await serve((_request, response) => {
    held.push(response)
    if (held.length === 50) for (const each of held) each.end('{}')
  })
  const tally = createTally()
  const options = { target, connections: 1, connectionsMax: 100 }
  const arrivals = Array.from({ length: 50 }, (_, i) => i)
  await runOpenLoop(options, arrivals, countedAttempts(target, 50, { done: tally.add }))
  assert.equal(tally.totals().answered, 50)
})

test('arrivals come at the asked rate and are the same for the same seed', () => {
  const once = [...drawArrivals(seededRandom(7), 1000, 10_000)]
  const again = [...drawArrivals(seededRandom(7), 1000, 10_000)]
  assert.deepEqual(once, again)
  assert.ok(once.length > 9500 && once.length < 10_500, `${once.length}`)
  assert.ok(once.every((at, i) => at < 10_000 && (i === 0 || at >= (once[i - 1] as number))))
})

function countedAttempts(
  target: Target,
  count: number,
  more: Pick<Attempt, 'done'> & Partial<Attempt>,
): NextAttempt {
  let number = 0
  return () => {
    if (number === count) return undefined
    number += 1
    const headers = { 'x-number': `${number}` }
    return {
      request: buildRequest(target, { method: 'POST', path: '/', headers }),
      timeoutMs: 10_000,
      ...more,
    }
  }
}

const connectionCounts = new Map<number, number>()

async function serve(listener: RequestListener): Promise<Target> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.on('connection', () => connectionCounts.set(port, (connectionCounts.get(port) ?? 0) + 1))
  return loopbackTarget(`http://127.0.0.1:${port}`)
}
