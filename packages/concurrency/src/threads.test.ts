import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openStress } from '../test/stress.ts'
import { JOBS } from '../test/stress-worker.ts'
import { Threads } from './threads.ts'

test('1,000 jobs over 3 threads: each gets its own answer', async () => {
  const { ask, pool } = openStress({ threads: 3, jobsMax: 1_000 })
  const times = Array.from({ length: 1_000 }, (_, i) => (i % 7) / 100)
  assert.deepEqual(await Promise.all(times.map((ms) => ask(JOBS.slow, ms))), times)
  await pool.close()
})

test('more jobs than there is room for are told so at once, and later there is room', async () => {
  const { pool } = openStress({ threads: 2, jobsMax: 3 })
  const asked = [1, 2, 3, 4].map(() => pool.run([JOBS.slow, 50]))
  assert.equal(await asked[3], 'busy')
  await Promise.all(asked)
  assert.notEqual(await pool.run([JOBS.slow, 0]), 'busy')
  await pool.close()
})

test('closing lets the jobs under way be done, and takes no more', async () => {
  const { ask, pool } = openStress({ threads: 2 })
  const asked = [20, 21, 22, 23].map((ms) => ask(JOBS.slow, ms))
  await pool.close()
  assert.deepEqual(await Promise.all(asked), [20, 21, 22, 23])
  await assert.rejects(ask(JOBS.slow, 1), /closed/)
})

test('a thread that dies fails the jobs of all, now and later, and none hangs', async () => {
  const { ask, pool } = openStress({ threads: 2 })
  const slow = ask(JOBS.slow, 60_000)
  const broken = ask(JOBS.broken)
  await assert.rejects(broken, /a bug in a thread/)
  await assert.rejects(slow, /a bug in a thread/)
  await assert.rejects(ask(JOBS.slow, 1), /a bug in a thread/)
  await pool.close()
})

test('a module that cannot be opened is an error of the first job', async () => {
  const module = new URL('./no-such-module.ts', import.meta.url)
  const pool = new Threads({ module, threads: 1, jobsMax: 1, data: undefined })
  await assert.rejects(pool.run([0]), /no-such-module/)
  await pool.close()
})
