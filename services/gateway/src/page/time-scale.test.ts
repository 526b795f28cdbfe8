import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTimeScale } from './time-scale.js'

test('without pauses moments are placed in proportion', () => {
  const place = openTimeScale({ firstMs: 1_000, lastMs: 3_000 }, [])
  assert.deepEqual([1_000, 1_500, 3_000].map(place), [0, 25, 100])
})

test('a pause takes a little, however long it is, and the rest is in proportion', () => {
  const pause = { startMs: 100, endMs: 1_000_100 }
  const place = openTimeScale({ firstMs: 0, lastMs: 1_000_200 }, [pause])
  assert.deepEqual([0, 100, 500_100, 1_000_100, 1_000_200].map(place), [0, 48, 50, 52, 100])
})

test('many pauses leave most of the width to what happens, in the right order', () => {
  const pauses = Array.from({ length: 30 }, (_, i) => ({ startMs: i * 100 + 50, endMs: i * 100 + 100 }))
  const place = openTimeScale({ firstMs: 0, lastMs: 3_000 }, pauses)
  const places = Array.from({ length: 61 }, (_, i) => place(i * 50))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )
  assert.ok(Math.abs(place(50) - 70 / 30) < 1e-9)
  assert.ok(Math.abs(place(3_000) - 100) < 1e-9)
})

test('one moment alone, and one outside, have a place', () => {
  assert.equal(openTimeScale({ firstMs: 5, lastMs: 5 }, [])(5), 0)
  assert.equal(openTimeScale({ firstMs: 0, lastMs: 5_000 }, [{ startMs: 0, endMs: 5_000 }])(5_000), 4)
  assert.equal(openTimeScale({ firstMs: 0, lastMs: 10 }, [])(99), 100)
})
