import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog } from '@stampede/kit/log'
import { until } from '@stampede/kit/testing/until'
import { openWire } from '@stampede/kit/testing/wire'
import { Redis } from 'ioredis'
import { openWakeUp } from '../src/adapters/wake-up-bullmq.ts'

const redisUrl = process.env['REDIS_QUEUE_URL'] as string
const log = openLog('order', 'silent')

test('whenever the connection breaks while a queue is opened, it is used when it is mended', async (t) => {
  const redis = new Redis(redisUrl)
  t.after(() => redis.disconnect())
  await Promise.all(Array.from({ length: 40 }, (_, ms) => breakAfter(ms, redis)))
})

async function breakAfter(ms: number, redis: Redis): Promise<void> {
  const prefix = `wake-${randomBytes(4).toString('hex')}`
  const wire = await openWire(new URL(redisUrl))
  const wakeUp = openWakeUp({ url: wire.url, prefix, log, onDue: () => Promise.resolve() })
  await sleep(5 * ms)
  await wire.cut()
  await sleep(300 + 10 * ms)
  await wire.mend()
  let second = 600
  await until(`a wake-up, cut after ${5 * ms} ms`, async () => {
    wakeUp.announce([new Date(Date.now() + second++ * 1_000).toISOString()])
    return (await redis.keys(`${prefix}:expire-order:due-*`)).length > 0
  })
  await wakeUp.close()
  await wire.close()
  await redis.del(await redis.keys(`${prefix}:*`))
}
