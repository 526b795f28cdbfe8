import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog } from '@stampede/kit/log'
import { openExpiry } from './expire-orders.ts'

const log = openLog('order', 'fatal')

test('a sweep goes on until a chunk is not full', async () => {
  let overdue = 25
  const chunks: number[] = []
  const expireSome = async () => {
    const count = Math.min(10, overdue)
    overdue -= count
    chunks.push(count)
    return count
  }
  const expiry = openExpiry({ expireSome, chunkMax: 10, everyMs: 60_000, log })
  await expiry.sweep()
  await expiry.close()
  assert.deepEqual(chunks, [10, 10, 5])
})

test('one sweep at a time; who calls meanwhile gets another that begins after the call', async () => {
  let running = 0
  let begun = 0
  const expireSome = async () => {
    assert.equal(++running, 1)
    begun++
    await sleep(20)
    running--
    return 0
  }
  const expiry = openExpiry({ expireSome, chunkMax: 10, everyMs: 60_000, log })
  const first = expiry.sweep()
  await sleep(5)
  await Promise.all([expiry.sweep(), expiry.sweep(), first])
  await expiry.close()
  assert.equal(begun, 2)
})

test('a failing sweep neither rejects nor ends the rhythm', async () => {
  let tries = 0
  const expireSome = async () => {
    if (++tries < 3) throw new Error('Postgres is away')
    return 0
  }
  const expiry = openExpiry({ expireSome, chunkMax: 10, everyMs: 10, log })
  await expiry.sweep()
  await sleep(200)
  await expiry.close()
  assert.ok(tries >= 3)
})
