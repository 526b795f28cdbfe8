import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeWatch } from './watching.ts'

const WATCHED = { snapshots: 50, missed: 3, seconds: 100, violations: 0, first: [] }
const brokenOf = (given: Partial<typeof WATCHED>) =>
  judgeWatch({ ...WATCHED, ...given }).map(({ broken }) => broken)

test('who looked in fewer than half of the seconds has not looked', () => {
  assert.deepEqual(brokenOf({}), [0, 0])
  assert.deepEqual(brokenOf({ snapshots: 49 }), [0, 1])
  assert.deepEqual(brokenOf({ snapshots: 0, seconds: 1 }), [0, 1])
  assert.deepEqual(brokenOf({ violations: 2 }), [2, 0])
})
