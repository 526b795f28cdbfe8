import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSettling } from './settling.ts'
import { RETURN_MS } from './timeline.ts'

const T = 1_000_000

test('a unit comes back at once while all is well', () => {
  const settle = openSettling([{ from: T, to: T + 2_000 }])
  assert.equal(settle(T - RETURN_MS - 1), T - RETURN_MS - 1)
  assert.equal(settle(T + 60_000), T + 60_000)
  assert.equal(openSettling([])(T), T)
})

test('a fault on its way holds a unit up until ten seconds after it was mended', () => {
  const settle = openSettling([{ from: T, to: T + 2_000 }])
  assert.equal(settle(T - 1_000), T + 12_000)
  assert.equal(settle(T + 5_000), T + 12_000)
})

test('faults that follow each other closely hold it up until the last is over, in whatever order they are told', () => {
  const settle = openSettling([
    { from: T + 10_000, to: T + 20_000 },
    { from: T, to: T + 2_000 },
    { from: T + 90_000, to: T + 91_000 },
  ])
  assert.equal(settle(T), T + 30_000)
})
