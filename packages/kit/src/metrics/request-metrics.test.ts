import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { until } from '../../testing/until.ts'
import { openServer } from '../server.ts'
import { newTraceId } from '../tracing/trace-id.ts'
import { Distribution, snapshot } from './instruments.ts'

const server = openServer({ service: 'order', log: pino({ level: 'silent' }), checks: () => ({}) })
server.get('/things/:id', () => ({ id: 1 }))
const slow = Promise.withResolvers<object>()
server.get('/slow', () => slow.promise)
await server.listen({ host: '127.0.0.1', port: 0 })
after(() => server.close())
const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`

/** What was counted of requests: the values of their attributes, how many, and their examples. */
function counted() {
  const lines = snapshot().find(({ name }) => name === 'http.server.request.duration')?.lines ?? []
  return lines.map(({ attributes, value }) => {
    assert.ok(value instanceof Distribution)
    const traces = value.exemplars.map((each) => each?.traceId).filter(Boolean)
    return { told: Object.values(attributes), count: value.counts.reduce((a, b) => a + b), traces }
  })
}

test('requests are counted by route, never by path, and lead to their trace when it is kept', async () => {
  const [kept, other] = [newTraceId(true), newTraceId()]
  for (const traceId of [kept, other]) {
    await fetch(`${url}/things/${traceId}`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } })
  }
  await fetch(`${url}/nowhere/at/all`)
  await until('all are counted', async () => counted().length === 2)
  assert.deepEqual(counted(), [
    { told: ['GET', '/things/:id', 200], count: 2, traces: [kept] },
    { told: ['GET', 404], count: 1, traces: [] },
  ])
})

test('a request whose client gave up is counted as 499, and is in flight no more', async () => {
  const gone = new AbortController()
  const asked = fetch(`${url}/slow`, { signal: gone.signal })
  await until('it is in flight', async () => (await inFlight()) === 1)
  gone.abort()
  await assert.rejects(asked, { name: 'AbortError' })
  await until('it is counted', async () => counted().some(({ told }) => told.includes('/slow')))
  assert.equal(await inFlight(), 0)
  // Its work may end later: that is no second answer.
  slow.resolve({})
  assert.equal(await inFlight(), 0)
  const asSlow = counted().filter(({ told }) => told.includes('/slow'))
  assert.deepEqual(asSlow, [{ told: ['GET', '/slow', 499], count: 1, traces: [] }])
})

async function inFlight(): Promise<number> {
  const answer = await fetch(`${url}/health/live`)
  return ((await answer.json()) as { inFlight: number }).inFlight
}
