import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStress } from '../test/stress.ts'
import { JOBS, NUMBER } from '../test/stress-worker.ts'
import { giveTo, takeFrom } from './counter.ts'

test('takes what is there, refuses what is not, and takes what was given back', () => {
  const words = new Int32Array(new SharedArrayBuffer(8))
  giveTo(words, 1, 5)
  assert.deepEqual(takeFrom(words, 1, 3), { taken: true, seen: 5 })
  assert.deepEqual(takeFrom(words, 1, 3), { taken: false, seen: 2 })
  assert.equal(giveTo(words, 1, 1), 2)
  assert.deepEqual(takeFrom(words, 1, 3), { taken: true, seen: 3 })
  assert.deepEqual([...words], [0, 0])
})

test('4 threads take and give back until a million units are gone: each unit is with one of them', async () => {
  const { ask, words, pool } = openStress({ threads: 4 })
  const units = 1_000_001
  words[NUMBER] = units
  const kept = await Promise.all(Array.from({ length: 4 }, () => ask(JOBS.taking, 2, 4)))
  assert.equal(
    kept.reduce((sum, each) => sum + each, 0),
    units - 1,
  )
  assert.equal(words[NUMBER], 1)
  await pool.close()
})
