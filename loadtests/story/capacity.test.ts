import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ASSUMPTIONS, dailyUsers, describeAssumptions, formatUsers } from './capacity.ts'

test('a rate carries as many users as its fullest second can serve', () => {
  const assumed = { shareAtSale: 0.1, attemptsEach: 2, rushSeconds: 60, peakToAverage: 3 }
  // 300/s at the peak is 100/s on average: 6,000 attempts, 3,000 buyers, 30,000 users.
  assert.equal(dailyUsers(300, assumed), 30_000)
  assert.equal(dailyUsers(0, assumed), 0)
})

test('who tries twice as often, or all at once, needs twice the rate', () => {
  const users = dailyUsers(1000)
  assert.equal(dailyUsers(1000, { ...ASSUMPTIONS, attemptsEach: ASSUMPTIONS.attemptsEach * 2 }), users / 2)
  assert.equal(dailyUsers(1000, { ...ASSUMPTIONS, peakToAverage: ASSUMPTIONS.peakToAverage * 2 }), users / 2)
  assert.equal(dailyUsers(1000, { ...ASSUMPTIONS, rushSeconds: ASSUMPTIONS.rushSeconds * 2 }), users * 2)
})

test('impossible days are refused', () => {
  for (const wrong of [
    { shareAtSale: 0 },
    { shareAtSale: 1.1 },
    { attemptsEach: -1 },
    { peakToAverage: 0 },
  ]) {
    assert.throws(() => dailyUsers(100, { ...ASSUMPTIONS, ...wrong }), RangeError)
  }
  assert.throws(() => dailyUsers(Number.NaN), RangeError)
})

test('every assumption stands in the sentence beside the numbers', () => {
  const text = describeAssumptions({ shareAtSale: 0.07, attemptsEach: 4, rushSeconds: 90, peakToAverage: 6 })
  for (const part of ['7 %', '4 times', 'within 90 s', '6 times']) assert.ok(text.includes(part), part)
})

test('users are told roughly', () => {
  assert.deepEqual([950, 1234, 56_789, 1_234_567].map(formatUsers), ['950', '1.2K', '57K', '1,235K'])
})
