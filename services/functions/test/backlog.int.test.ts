import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { openLog } from '@stampede/kit/log'
import { until } from '@stampede/kit/testing/until'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { openJobs } from '../src/adapters/jobs-bullmq.ts'
import type { CallKey } from '../src/domain/registry.ts'

const CALLS = 1_200
const ALL = ['wait', 'active', 'delayed'] as const

/** A queue whose only worker has its hands full from the first job on, until it is let go. */
async function openBacklog() {
  const url = process.env['REDIS_QUEUE_URL'] as string
  const prefix = `t${newId()}`
  const redis = new Redis(url)
  const queue = new Queue('grant-coupon', { connection: { url }, prefix })
  const { promise: gate, resolve: letGo } = Promise.withResolvers<void>()
  const ran: string[] = []
  const log = openLog('functions-test', 'error')
  const run = async ({ eventId }: CallKey) => {
    await gate
    ran.push(eventId)
  }
  const jobs = openJobs({ url, prefix, log, atOnce: 4, run })
  await queue.waitUntilReady()
  return {
    ...{ queue, redis, jobs, ran, letGo },
    async close(): Promise<void> {
      letGo()
      await jobs.close()
      await queue.obliterate({ force: true })
      await queue.close()
      redis.disconnect()
    },
  }
}

test('calls that only wait in a long queue have one job each, however often they are looked for', async (t) => {
  const { queue, jobs, ran, letGo, close } = await openBacklog()
  t.after(close)
  const calls = Array.from({ length: CALLS }, (): CallKey => ({ name: 'coupon', eventId: newId() }))
  const count = () => queue.getJobCountByTypes(...ALL)
  await until('the connection', async () => {
    await jobs.announce(calls)
    return (await count()) === CALLS
  })
  const before = await queue.getRanges(['wait'], 0, -1)
  for (let times = 0; times < 3; times++) await jobs.announceLost(calls.slice(0, CALLS / 2))
  assert.equal(await count(), CALLS)
  assert.deepEqual(await queue.getRanges(['wait'], 0, -1), before, 'and none lost its place')
  letGo()
  await until('the end of all', async () => (await count()) === 0, 30_000)
  assert.deepEqual(ran.toSorted(), calls.map(({ eventId }) => eventId).toSorted())
})

test('a call whose job is in no list gets its job again, behind those that wait', async (t) => {
  const { queue, redis, jobs, ran, letGo, close } = await openBacklog()
  t.after(close)
  const calls = Array.from({ length: 6 }, (): CallKey => ({ name: 'coupon', eventId: newId() }))
  await until('the connection', async () => {
    await jobs.announce(calls)
    return (await queue.getJobCountByTypes(...ALL)) === calls.length
  })
  await until('full hands', async () => (await queue.getActiveCount()) === 4)
  const [lost = ''] = await queue.getRanges(['wait'], 0, 0)
  await redis.lrem(queue.toKey('wait'), 1, lost)
  await jobs.announce(calls)
  assert.equal(await queue.getWaitingCount(), 1, 'by its name it is there')
  await jobs.announceLost(calls)
  assert.equal(await queue.getWaitingCount(), 2)
  letGo()
  await until('the end of all', async () => ran.length === calls.length)
  assert.deepEqual(ran.toSorted(), calls.map(({ eventId }) => eventId).toSorted())
})
