import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../generator/random.ts'
import { startArrivals } from './arrivals.ts'

test('buyers come until they are stopped, no more of them than the rate says', async () => {
  let arrived = 0
  const began = performance.now()
  const stop = startArrivals(seededRandom(1), 1_000, () => {
    arrived += 1
  })
  await sleep(300)
  stop()
  const seconds = (performance.now() - began) / 1_000
  const atStop = arrived
  assert.ok(atStop > 0 && atStop < 1_300 * seconds, `${atStop} in ${seconds} s`)
  await sleep(50)
  assert.equal(arrived, atStop)
})

test('what was missed while this process stood still is left out', async () => {
  let arrived = 0
  const stop = startArrivals(seededRandom(1), 1_000, () => {
    arrived += 1
  })
  const until = performance.now() + 2_500
  while (performance.now() < until);
  await sleep(20)
  stop()
  assert.ok(arrived > 500 && arrived < 2_200, `${arrived}`)
})
