import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStress } from '../test/stress.ts'
import { JOBS, NUMBER } from '../test/stress-worker.ts'
import { Mutex } from './mutex.ts'

const THREADS = 4

test('4 threads add one 1,000,000 times under the lock: the sum is exact', async () => {
  const { ask, words, pool } = openStress({ threads: THREADS })
  const times = 250_000
  const waits = await Promise.all(Array.from({ length: THREADS }, () => ask(JOBS.locked, times, THREADS)))
  assert.equal(words[NUMBER], THREADS * times)
  assert.ok(waits.some((each) => each > 0))
  await pool.close()
})

test('without the lock 4 threads that read before any of them writes add one together', async () => {
  const { ask, words, pool } = openStress({ threads: THREADS })
  const seen = await Promise.all(Array.from({ length: THREADS }, () => ask(JOBS.unguarded, THREADS)))
  assert.deepEqual(seen, [0, 0, 0, 0])
  assert.equal(words[NUMBER], 1)
  await pool.close()
})

test('a lock in other hands is not waited for longer than asked, and can be had after them', () => {
  const words = new Int32Array(new SharedArrayBuffer(4))
  const [mine, theirs] = [new Mutex(words, 0), new Mutex(words, 0)]
  assert.equal(theirs.lock(0), 'free')
  const began = performance.now()
  assert.equal(mine.lock(30), 'late')
  const tookMs = performance.now() - began
  assert.ok(tookMs >= 25 && tookMs < 5_000, `${tookMs} ms`)
  theirs.unlock()
  assert.equal(mine.lock(0), 'free')
})

test('to unlock what is not locked is a bug', () => {
  const mutex = new Mutex(new Int32Array(new SharedArrayBuffer(4)), 0)
  assert.throws(() => mutex.unlock(), /not locked/)
})
