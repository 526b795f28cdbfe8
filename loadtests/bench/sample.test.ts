import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMet } from './finding.ts'
import { median, spread } from './sample.ts'

test('the median is the middle one, or between the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.equal(median([7]), 7)
})

test('the spread is half the range as a share of the median', () => {
  assert.equal(spread([9, 10, 11]), 0.1)
  assert.equal(spread([5]), 0)
})

test('a goal is met at its very figure, and a figure without a goal is neither', () => {
  const finding = { what: 'x', unit: '×' } as const
  assert.equal(isMet({ ...finding, value: 0.7, goal: { atLeast: 0.7 } }), true)
  assert.equal(isMet({ ...finding, value: 0.69, goal: { atLeast: 0.7 } }), false)
  assert.equal(isMet({ ...finding, value: 2.5, goal: { atMost: 2.5 } }), true)
  assert.equal(isMet({ ...finding, value: Number.NaN, goal: { atMost: 2.5 } }), false)
  assert.equal(isMet({ ...finding, value: 1, goal: undefined }), undefined)
})
