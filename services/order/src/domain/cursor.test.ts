import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import fc from 'fast-check'
import { readCursor, writeCursor } from './cursor.ts'

test('a cursor says where the page ended', () => {
  const moment = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(moment, (placedAt) => {
      const cursor = { placedAt, orderId: newId() }
      assert.deepEqual(readCursor(writeCursor(cursor)), cursor)
    }),
  )
})

test('what we did not write is no cursor', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
      assert.equal(readCursor(text), undefined)
    }),
  )
  const real = writeCursor({ placedAt: new Date(), orderId: newId() })
  for (const text of [`${real}=`, ` ${real}`, real.slice(1), `0${real}`, `${real}.`, `${real}\n`]) {
    assert.equal(readCursor(text), undefined, JSON.stringify(text))
  }
})
