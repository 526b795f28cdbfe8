import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import fc from 'fast-check'
import { packEvents, unpackEvents } from './outbox.ts'

const data = { orderId: newId(), saleId: newId(), userId: newId(), quantity: 1, version: 1 }

function pack(id: string, subjects: readonly string[]): string {
  const facts = subjects.map((subject) => ({ id, subject, time: '2026-11-21T10:00:00.000Z', data }))
  return packEvents({ source: 'urn:stampede:test', topic: 'order.expired', facts })
}

test('what is packed is unpacked, whatever characters an event holds', () => {
  const subject = fc.string({ minLength: 1 }).filter((text) => !/[\t\n]/.test(text))
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(subject, { minLength: 1 }), (id, subjects) => {
      const keys: string[] = []
      unpackEvents(pack(id, subjects), (key, value) => {
        keys.push(key)
        const event = JSON.parse(value)
        assert.equal(event.subject, key)
        assert.equal(event.id, id)
      })
      assert.deepEqual(keys, subjects)
    }),
  )
})

test('a row is text that Postgres can store', () => {
  assert.ok(!pack('nul \0 and \t and \n', ['one', 'two']).includes('\0'))
})

test('a subject that would break the lines, and an event too large for the broker, are refused', () => {
  assert.throws(() => pack('id', ['a\tb']), /tab or a line end/)
  assert.throws(() => pack('id', ['a\nb']), /tab or a line end/)
  assert.throws(() => pack('i'.repeat(70_000), ['a']), /characters/)
})
