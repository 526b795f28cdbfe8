import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '@stampede/kit/testing/until'
import { openWire } from '@stampede/kit/testing/wire'
import { Redis } from 'ioredis'
import { eventOf } from './events.ts'
import { openHarness } from './harness.ts'

test('calls heard while the queue is away are kept, and done once when it is back', async (t) => {
  const wire = await openWire(new URL(process.env['REDIS_QUEUE_URL'] as string))
  await wire.cut()
  // The looking for lost jobs would find them too, and hide that nobody announces them.
  const house = await openHarness({ REDIS_QUEUE_URL: wire.url, JOB_LOST_MS: '600000' })
  t.after(async () => {
    await house.close()
    await wire.close()
  })
  await house.start()
  const [before, during] = [eventOf('order.paid'), eventOf('order.paid')]
  const heard = (orderId: string) =>
    until('the calls', async () => (await house.effects(orderId)).calls === 3)
  const done = async (orderId: string) => {
    await until('their end', async () => (await house.effects(orderId)).undone === 0)
    const { coupons, points, messages } = await house.effects(orderId)
    assert.deepEqual([coupons?.length, points, messages?.length], [1, [12], 1])
  }
  await house.tell(before)
  await heard(before.subject)
  assert.equal((await house.effects(before.subject)).undone, 3)
  await wire.mend()
  await done(before.subject)
  await wire.cut()
  await house.tell(during, during)
  await heard(during.subject)
  await wire.mend()
  await done(during.subject)
})

test('calls whose jobs are there by name but in no list, as in a queue put back in part, are done all the same', async (t) => {
  const house = await openHarness()
  const redis = new Redis(house.config.REDIS_QUEUE_URL)
  t.after(async () => {
    redis.disconnect()
    await house.close()
  })
  const event = eventOf('order.paid')
  for (const queue of ['grant-coupon', 'add-points', 'send-notification']) {
    const job = { name: queue, data: JSON.stringify({ eventId: event.id }), timestamp: '1', opts: '{}' }
    await redis.hset(`${house.name}:${queue}:for-${encodeURIComponent(event.id)}`, job)
  }
  await house.start()
  await house.tell(event)
  await until('the calls', async () => (await house.effects(event.subject)).calls === 3)
  await until('their end', async () => (await house.effects(event.subject)).undone === 0)
  const { coupons, points, messages } = await house.effects(event.subject)
  assert.deepEqual([coupons?.length, points, messages?.length], [1, [12], 1])
})
