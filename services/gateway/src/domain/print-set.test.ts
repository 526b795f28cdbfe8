import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf } from '../../test/prints.ts'
import { PrintSet } from './print-set.ts'

const print = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 1, 2, 0x80000000, 0xffffffff),
)

test('it holds what it was given and nothing else', () => {
  fc.assert(
    fc.property(fc.array(print), fc.array(print), (given, asked) => {
      const set = new PrintSet(bytesOf(given))
      const model = new Set(given)
      for (const each of [...given, ...asked]) assert.equal(set.has(each), model.has(each))
    }),
  )
})

test('a full table of neighbours is still found', () => {
  const given = Array.from({ length: 10_000 }, (_, i) => i)
  const set = new PrintSet(bytesOf(given))
  assert.ok(given.every((each) => set.has(each)))
  assert.ok(!set.has(10_000))
})

test('an empty set holds nothing, and half a fingerprint is none', () => {
  assert.ok(!new PrintSet(Buffer.alloc(0)).has(0))
  assert.equal(new PrintSet(Buffer.from([1, 2, 3])).size, 0)
})
