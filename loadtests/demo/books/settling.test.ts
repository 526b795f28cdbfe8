import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSettling, shareStrict } from './settling.ts'
import { RETURN_MS } from './timeline.ts'

const T = 1_000_000

test('a unit comes back at once while all is well', () => {
  const settle = openSettling([{ from: T, to: T + 2_000 }])
  assert.equal(settle(T - RETURN_MS - 1), T - RETURN_MS - 1)
  assert.equal(settle(T + 60_000), T + 60_000)
  assert.equal(openSettling([])(T), T)
})

test('a fault on its way holds a unit up until five seconds after all had recovered', () => {
  const settle = openSettling([{ from: T, to: T + 2_000 }])
  assert.equal(settle(T - 1_000), T + 7_000)
  assert.equal(settle(T + 5_000), T + 7_000)
})

test('faults that follow each other closely hold it up until the last is over, in whatever order they are told', () => {
  const settle = openSettling([
    { from: T + 10_000, to: T + 20_000 },
    { from: T, to: T + 2_000 },
    { from: T + 90_000, to: T + 91_000 },
  ])
  assert.equal(settle(T), T + 25_000)
  assert.equal(settle(T + 30_000), T + 30_000)
})

test('what share of a time is judged strictly: not that of a fault, its recovery and the way back', () => {
  const run = { from: T, to: T + 100_000 }
  assert.equal(shareStrict([], run), 1)
  assert.equal(shareStrict([{ from: T + 10_000, to: T + 20_000 }], run), 0.8)
  const overlapping = [
    { from: T + 10_000, to: T + 20_000 },
    { from: T + 12_000, to: T + 15_000 },
    { from: T + 28_000, to: T + 30_000 },
  ]
  assert.equal(shareStrict(overlapping, run), 0.7)
  assert.equal(shareStrict([{ from: T - 50_000, to: T + 500_000 }], run), 0)
})
