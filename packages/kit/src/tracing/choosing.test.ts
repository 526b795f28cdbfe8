import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openChoosing } from './choosing.ts'
import { isKept, newTraceId, spanContextOf, traceIdOf } from './trace-id.ts'

/** Draws evenly spread numbers, one after the other. */
function evenly(count: number): () => number {
  let i = 0
  return () => (i++ % count) / count
}

test('an id says whether its trace is kept, and is otherwise random', () => {
  const ids = Array.from({ length: 2_000 }, (_, i) => newTraceId(i % 2 === 0))
  for (const [i, id] of ids.entries()) {
    assert.match(id, /^[0-9a-f]{32}$/)
    assert.equal(isKept(id), i % 2 === 0)
  }
  assert.equal(new Set(ids).size, ids.length)
  assert.equal(new Set(ids.map((id) => id[0])).size, 16)
})

test('of a hundred requests as many are kept as the ratio says', () => {
  const choose = openChoosing({ ratio: 0.25, perSecondMax: 1_000, random: evenly(100) })
  assert.equal(Array.from({ length: 100 }, () => choose()).filter(isKept).length, 25)
})

test('a rush keeps no more in a second than is allowed, and as many again in the next', () => {
  let nowMs = 10_000
  const choose = openChoosing({ ratio: 1, perSecondMax: 5, now: () => nowMs })
  const count = () => Array.from({ length: 1_000 }, () => choose()).filter(isKept).length
  assert.equal(count(), 5)
  nowMs += 400
  assert.equal(count(), 2)
  nowMs += 60_000
  assert.equal(count(), 5)
})

test('what is marked is kept, whatever else is', () => {
  const choose = openChoosing({ ratio: 0, perSecondMax: 0 })
  assert.ok(Array.from({ length: 100 }, () => choose(true)).every(isKept))
  assert.ok(!Array.from({ length: 100 }, () => choose()).some(isKept))
})

test('only a valid traceparent names a trace', () => {
  const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
  assert.equal(traceIdOf(`00-${trace}-${span}-01`), trace)
  assert.equal(spanContextOf(`00-${trace}-${span}-03`)?.traceFlags, 1)
  const wrong = [
    undefined,
    7,
    '',
    `01-${trace}-${span}-01`,
    `00-${'0'.repeat(32)}-${span}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace}-${span}-01-more`,
  ]
  for (const each of wrong) assert.equal(traceIdOf(each), undefined)
})
