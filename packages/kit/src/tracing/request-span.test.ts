import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, afterEach, test } from 'node:test'
import { SpanStatusCode } from '@opentelemetry/api'
import { pino } from 'pino'
import { keepSpansHere } from '../../testing/kept-spans.ts'
import { until } from '../../testing/until.ts'
import { openServer } from '../server.ts'
import { spanIdOf } from './span-id.ts'
import { keepWith } from './spans.ts'
import { newTraceId } from './trace-id.ts'

let ownId: string | undefined
const server = openServer({
  ...{ service: 'order', log: pino({ level: 'silent' }), checks: () => ({}) },
  traceIdFor: () => ownId ?? newTraceId(),
})
server.get('/things/:id', () => ({ id: 1 }))
server.get('/broken', () => Promise.reject(new Error('secret row')))
server.get('/away', (_request, reply) => reply.problem('unavailable'))
server.get('/gone', (_request, reply) => reply.problem('not_found'))
await server.listen({ host: '127.0.0.1', port: 0 })
after(() => server.close())
afterEach(() => keepWith(undefined))
const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`

/** The one span that a request left. */
async function spanOf(path: string, traceId: string, headers: Record<string, string> = {}) {
  const spans = keepSpansHere()
  ownId = traceId
  await fetch(url + path, { headers })
  const [span, ...more] = await until('its span', async () => (spans.length > 0 ? spans : undefined))
  assert.ok(span)
  assert.deepEqual(more, [])
  return span
}

test('a request is told by its route, and links to the trace of whoever asked', async () => {
  const traceId = newTraceId(true)
  const theirs = { traceId: 'a'.repeat(32), spanId: '00f067aa0ba902b7', traceFlags: 0, isRemote: true }
  const span = await spanOf(`/things/${traceId}`, traceId, {
    traceparent: `00-${theirs.traceId}-${theirs.spanId}-00`,
  })
  assert.deepEqual(
    [span.name, span.spanContext().spanId],
    ['GET /things/:id', spanIdOf(traceId, 'order request')],
  )
  assert.deepEqual(span.attributes, {
    'http.request.method': 'GET',
    'http.route': '/things/:id',
    'http.response.status_code': 200,
  })
  assert.deepEqual(span.status, { code: SpanStatusCode.UNSET })
  assert.deepEqual(span.links, [{ context: theirs }])
})

test('a request of the same trace, or with a traceparent that is none, links to nothing', async () => {
  const traceId = newTraceId(true)
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
  assert.deepEqual((await spanOf('/things/1', traceId, headers)).links, [])
  assert.deepEqual((await spanOf('/things/1', traceId, { traceparent: '00-rubbish-01' })).links, [])
})

test('what we failed at is an error by the code of its problem, and never by a message', async () => {
  for (const [path, status, problem] of [
    ['/broken', 500, 'internal'],
    ['/away', 503, 'unavailable'],
  ] as const) {
    const span = await spanOf(path, newTraceId(true))
    assert.deepEqual(span.status, { code: SpanStatusCode.ERROR, message: problem })
    const { attributes } = span
    assert.deepEqual(
      [attributes['http.response.status_code'], attributes['stampede.problem'], attributes['error.type']],
      [status, problem, problem],
    )
  }
})

test('what the client failed at is none', async () => {
  const span = await spanOf('/gone', newTraceId(true))
  assert.deepEqual(span.status, { code: SpanStatusCode.UNSET })
  assert.deepEqual(
    [span.attributes['stampede.problem'], span.attributes['error.type']],
    ['not_found', undefined],
  )
})

test('what nobody chose is kept when it failed', async () => {
  assert.equal((await spanOf('/away', newTraceId())).attributes['stampede.kept_for'], 'error')
})
