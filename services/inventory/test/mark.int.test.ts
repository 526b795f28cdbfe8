import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { Redis } from 'ioredis'
import { openMark } from '../src/adapters/mark-redis.ts'

const prefix = `${newId()}:`
const redis = new Redis(process.env['REDIS_GATE_URL'] ?? '', { keyPrefix: prefix })
after(async () => {
  const names = await redis.keys(`${prefix}*`)
  await redis.del(...names.map((name) => name.slice(prefix.length)))
  redis.disconnect()
})

test('a Redis that was put back is known by an earlier mark, once', async () => {
  const leaveMark = openMark(redis)
  const left = [await leaveMark(), await leaveMark()]
  const [name = ''] = (await redis.keys(`${prefix}*`)).map((key) => key.slice(prefix.length))
  const copy = await redis.dumpBuffer(name)
  assert.ok(copy)
  left.push(await leaveMark())
  await redis.restore(name, 0, copy, 'REPLACE')
  left.push(await leaveMark(), await leaveMark())
  assert.deepEqual(left, [true, true, true, false, true])
})
