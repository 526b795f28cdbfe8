import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog } from '@stampede/kit/log'
import { openRounds } from './rounds.ts'

const words = { log: openLog('order', 'fatal'), away: 'away', back: 'back' }

test('a sweep goes on until a chunk is not full', async () => {
  let overdue = 25
  const chunks: number[] = []
  const doSome = async () => {
    const count = Math.min(10, overdue)
    overdue -= count
    chunks.push(count)
    return count
  }
  const sweep = openRounds({ ...words, doSome, chunkMax: 10, everyMs: 60_000 })
  await sweep.sweep()
  await sweep.close()
  assert.deepEqual(chunks, [10, 10, 5])
})

test('one sweep at a time; who calls meanwhile gets another that begins after the call', async () => {
  let running = 0
  let begun = 0
  const doSome = async () => {
    assert.equal(++running, 1)
    begun++
    await sleep(20)
    running--
    return 0
  }
  const sweep = openRounds({ ...words, doSome, chunkMax: 10, everyMs: 60_000 })
  const first = sweep.sweep()
  await sleep(5)
  await Promise.all([sweep.sweep(), sweep.sweep(), first])
  await sweep.close()
  assert.equal(begun, 2)
})

test('a failing sweep neither rejects nor ends the rhythm', async () => {
  let tries = 0
  const doSome = async () => {
    if (++tries < 3) throw new Error('Postgres is away')
    return 0
  }
  const sweep = openRounds({ ...words, doSome, chunkMax: 10, everyMs: 10 })
  await sweep.sweep()
  await sleep(200)
  await sweep.close()
  assert.ok(tries >= 3)
})
