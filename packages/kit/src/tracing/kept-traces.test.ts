import assert from 'node:assert/strict'
import { test } from 'node:test'
import { packEvents } from '../events/outbox.ts'
import { keptTracesIn, traceOf, tracesOf } from './kept-traces.ts'
import { traceparentOf } from './span-id.ts'
import { newTraceId } from './trace-id.ts'

const time = '2026-01-01T00:00:00.000Z'
const changed = { orderId: 'o', saleId: 's', userId: 'u', quantity: 1, version: 1 }

test('packed events tell which kept traces they belong to', () => {
  const ids = [newTraceId(true), newTraceId(), newTraceId(true)]
  const facts = ids.map((id) => {
    const traceparent = traceparentOf(id, 'order rows')
    return { id: `${id}.cancelled`, subject: id, time, traceparent, data: changed }
  })
  const packed = packEvents({ source: 'urn:test', topic: 'order.cancelled', facts })
  assert.deepEqual(keptTracesIn(packed), [ids[0], ids[2]])
  assert.deepEqual(tracesOf({ data: changed, traceparent: traceparentOf(ids[1] as string, 'order rows') }), [
    ids[1],
  ])
  assert.deepEqual(tracesOf({ data: changed }), [])
  // From outside: what is no trace must not become one.
  for (const traceparent of [
    '',
    `00-${'f'.repeat(31)}`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    'x'.repeat(55),
  ])
    assert.deepEqual(tracesOf({ data: changed, traceparent }), [])
})

test('an event of many reservations belongs to all their traces', () => {
  const ids = [newTraceId(true), newTraceId()]
  const reservations = ids.map((traceId) => ({
    ...{ claimId: 'c', saleId: 's', userId: 'u', quantity: 1, unitPriceCents: 1, currency: 'EUR' },
    ...{ reservedAt: time, expiresAt: time, traceId },
  }))
  const facts = [{ id: 'x', subject: 'x', time, data: { reservations } }]
  assert.deepEqual(keptTracesIn(packEvents({ source: 'urn:test', topic: 'stock.reserved', facts })), [ids[0]])
  assert.deepEqual(tracesOf({ data: { reservations } }), ids)
})

test('a message names its trace when it belongs to one, however it is cut off', () => {
  const [id, other] = [newTraceId(), newTraceId()]
  const facts = [{ id: 'x', subject: 'o', time, traceparent: traceparentOf(id, 'order rows'), data: changed }]
  const value = packEvents({ source: 'urn:test', topic: 'order.cancelled', facts })
  assert.equal(traceOf(value), id)
  assert.equal(traceOf(value.slice(0, -20)), id)
  assert.equal(traceOf(`{"reservations":[{"traceId":"${id}"}]}`), id)
  assert.equal(traceOf(`[{"traceId":"${id}"},{"traceId":"${id}"}]`), id)
  assert.equal(traceOf(`[{"traceId":"${id}"},{"traceId":"${other}"}]`), undefined)
  for (const none of [
    'rubbish',
    `{"traceId":"${id}0"}`,
    `{"traceId":"${id.slice(1)}"}`,
    '"traceparent":"00-',
  ])
    assert.equal(traceOf(none), undefined)
})
