import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventData, Topic } from '@stampede/contracts/events'
import { newId } from '@stampede/contracts/ids'
import fc from 'fast-check'
import { readEvent, writeEvent } from './envelope.ts'

const SOURCE = 'urn:stampede:test'
const time = '2026-11-21T10:00:00.000Z'
const ended = { orderId: newId(), saleId: newId(), userId: newId(), quantity: 2, version: 1 }
const payment = { paymentId: ended.orderId, orderId: ended.orderId, userId: ended.userId }
const money = { amountCents: 3998, currency: 'EUR' }
const DATA: EventData = {
  'stock.reserved': {
    reservations: [
      {
        claimId: ended.orderId,
        saleId: ended.saleId,
        userId: ended.userId,
        quantity: 2,
        unitPriceCents: 1999,
        currency: 'EUR',
        reservedAt: time,
        expiresAt: time,
        traceId: '0'.repeat(31) + 1,
      },
    ],
  },
  'order.placed': { ...ended, totalCents: 3998, currency: 'EUR', placedAt: time, expiresAt: time },
  'order.cancelled': ended,
  'order.expired': ended,
  'order.paid': { ...ended, paymentId: ended.orderId, totalCents: 3998, currency: 'EUR' },
  'order.refunded': { ...ended, paymentId: ended.orderId, totalCents: 3998, currency: 'EUR' },
  'payment.requested': { ...payment, ...money, holdUntil: time, outcome: 'succeed', delayMs: 0 },
  'payment.settled': { ...payment, ...money },
  'payment.failed': { ...payment, reason: 'declined' },
  'refund.requested': { ...payment, ...money, refundId: payment.paymentId, cause: 'late' },
  'refund.settled': { ...payment, ...money, refundId: payment.paymentId },
}
const TOPICS = Object.keys(DATA) as Topic[]

function write(topic: Topic): string {
  return writeEvent(SOURCE, topic, {
    id: `${ended.orderId}.x`,
    subject: ended.orderId,
    time,
    data: DATA[topic],
  })
}

test('what is written is read, for every topic', () => {
  for (const topic of TOPICS) {
    const read = readEvent(topic, write(topic))
    assert.ok('event' in read, JSON.stringify(read))
    assert.deepEqual(read.event.data, DATA[topic])
    assert.equal(read.event.type, topic)
  }
})

test('fields of a newer producer are let pass', () => {
  const event = JSON.parse(write('order.cancelled'))
  const newer = JSON.stringify({ ...event, newer: 1, data: { ...event.data, newer: [1] } })
  assert.ok('event' in readEvent('order.cancelled', newer))
})

test('an event of one topic is poison on another', () => {
  for (const topic of TOPICS) {
    for (const other of TOPICS) assert.equal('event' in readEvent(other, write(topic)), topic === other)
  }
})

test('an event that lacks a field is poison', () => {
  const event = JSON.parse(write('order.placed'))
  for (const field of Object.keys(event)) {
    const { [field]: _, ...less } = event
    assert.ok('flaw' in readEvent('order.placed', JSON.stringify(less)), field)
  }
  for (const field of Object.keys(event.data)) {
    const { [field]: _, ...data } = event.data
    assert.ok('flaw' in readEvent('order.placed', JSON.stringify({ ...event, data })), field)
  }
})

test('no value and no field of any kind makes reading throw, and 2,000 crippled events are poison', () => {
  const event = JSON.parse(write('order.cancelled'))
  const envelope = fc.constantFrom(...Object.keys(event).filter((field) => field !== 'time'))
  const crippled = fc
    .tuple(envelope, fc.jsonValue())
    .filter(([field, value]) => typeof value !== typeof event[field])
  fc.assert(
    fc.property(crippled, ([field, value]) => {
      return 'flaw' in readEvent('order.cancelled', JSON.stringify({ ...event, [field]: value }))
    }),
    { numRuns: 2_000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => 'flaw' in readEvent('order.cancelled', value)),
  )
})
