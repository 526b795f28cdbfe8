import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deriveOrderId, newId, printKey } from './ids.ts'

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const [user, sale] = [newId(), newId()]

test('an order id is a UUIDv7 with the time of its sale, and the same wish always has the same', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 255 }), (key) => {
      const id = deriveOrderId(user, sale, key)
      assert.match(id, UUID7)
      assert.equal(id.slice(0, 14), sale.slice(0, 14))
      assert.equal(id, deriveOrderId(user, sale, key))
    }),
  )
})

test('another user, sale or key is another order', () => {
  const ids = new Set<string>()
  for (const u of [user, newId()])
    for (const s of [sale, newId()]) for (const k of ['a', 'b', 'ab']) ids.add(deriveOrderId(u, s, k))
  assert.equal(ids.size, 12)
})

test('a hundred thousand wishes for one sale have a hundred thousand ids', () => {
  const ids = new Set(Array.from({ length: 100_000 }, (_, i) => deriveOrderId(user, sale, `key-${i}`)))
  assert.equal(ids.size, 100_000)
})

test('a key fingerprint is an unsigned 32-bit number', () => {
  fc.assert(
    fc.property(fc.string(), (key) => {
      const print = printKey(key)
      assert.ok(Number.isInteger(print) && print >= 0 && print <= 0xffffffff)
    }),
  )
})
