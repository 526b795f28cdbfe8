import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroOf } from './told-time.ts'

test('their time is counted from the middle of the trip', () => {
  assert.equal(zeroOf({ theirs: 1_000_000, askedAt: 400, heardAt: 600 }, 250), 999_500)
})

test('an answer that was too long on its way tells no time, and one just short enough does', () => {
  assert.equal(zeroOf({ theirs: 1_000_000, askedAt: 400, heardAt: 651 }, 250), undefined)
  assert.equal(zeroOf({ theirs: 1_000_000, askedAt: 400, heardAt: 650 }, 250), 999_475)
})
