import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '@stampede/contracts/claims'
import { until } from '@stampede/kit/testing/until'
import { openWire } from '@stampede/kit/testing/wire'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { type Harness, newClaim, openHarness } from './harness.ts'

const WINDOW_MS = 1_500

describe('the payment window', () => {
  test('an unpaid order expires by the sweeper alone when the wake-up queue is not there', async (t) => {
    const house = await openHarness({ windowMs: WINDOW_MS, env: { REDIS_QUEUE_URL: 'redis://127.0.0.1:9' } })
    t.after(() => house.close())
    await expectExpiry(house, await placeSome(house))
  })

  test('the same when the wake-up queue loses all it knew', async (t) => {
    const house = await openHarness({ windowMs: WINDOW_MS })
    t.after(() => house.close())
    const claims = await placeSome(house)
    const redis = new Redis(house.config.REDIS_QUEUE_URL)
    const keys = await until('wake-ups in Redis', async () => {
      const found = await redis.keys(`${house.config.QUEUE_PREFIX}:*`)
      return found.some((key) => key.includes(':due-')) && found
    })
    await redis.del(...keys)
    redis.disconnect()
    await expectExpiry(house, claims)
    // and it serves the next ones
    await expectExpiry(house, await placeSome(house))
  })

  test('a wake-up sweeps when orders fall due, long before the sweeper’s next round', async (t) => {
    const house = await openHarness({ windowMs: WINDOW_MS, env: { SWEEP_EVERY_MS: '60000' } })
    t.after(() => house.close())
    await expectExpiry(house, await placeSome(house))
  })

  test('a queue that goes away during a sale is not missed, and wakes us again when back', async (t) => {
    const wire = await openWire(new URL(process.env['REDIS_QUEUE_URL'] as string))
    const env = { REDIS_QUEUE_URL: wire.url, SWEEP_EVERY_MS: '3000' }
    const house = await openHarness({ windowMs: WINDOW_MS, env })
    t.after(async () => {
      await house.close()
      await wire.close()
    })
    const before = await placeSome(house)
    await wire.cut()
    const during = await placeSome(house)
    await expectExpiry(house, [...before, ...during])
    await wire.mend()
    const queue = new Redis(process.env['REDIS_QUEUE_URL'] as string)
    t.after(() => queue.disconnect())
    await until('a wake-up in the mended queue', async () => {
      await placeSome(house)
      return (await queue.keys(`${house.config.QUEUE_PREFIX}:expire-order:due-*`)).length > 0
    })
  })

  test('orders that fall due in one second share one wake-up', async (t) => {
    const house = await openHarness({ windowMs: 600_000 })
    t.after(() => house.close())
    await Promise.all(Array.from({ length: 20 }, () => placeSome(house)))
    const connection = new Redis(house.config.REDIS_QUEUE_URL, { maxRetriesPerRequest: null })
    const queue = new Queue('expire-order', { connection, prefix: house.config.QUEUE_PREFIX })
    t.after(async () => {
      await queue.obliterate({ force: true })
      await queue.close()
      connection.disconnect()
    })
    const { rows } = await house.sql.query(
      `select count(distinct ceil(extract(epoch from expires_at)))::int as n from orders`,
    )
    await until('one wake-up per second', async () => (await queue.getDelayedCount()) === rows[0].n)
    await sleep(100)
    assert.equal(await queue.getDelayedCount(), rows[0].n)
  })

  test('closing does not wait for a queue that is not there', async () => {
    const house = await openHarness({ env: { REDIS_QUEUE_URL: 'redis://127.0.0.1:9' } })
    await house.place([newClaim()])
    const started = performance.now()
    await house.close()
    assert.ok(performance.now() - started < 8_000)
  })
})

async function placeSome(house: Harness): Promise<Claim[]> {
  const claims = Array.from({ length: 10 }, () => newClaim())
  const results = await house.place(claims)
  assert.ok(results.every((result) => 'placed' in result))
  return claims
}

async function expectExpiry(house: Harness, claims: readonly Claim[]): Promise<void> {
  for (const { userId, claimId } of claims) {
    const order = await until('expired', async () => {
      const found = await house.read(userId, claimId)
      return found.state === 'expired' && found
    })
    assert.deepEqual(
      order.history.map(({ state, cause }) => [state, cause]),
      [
        ['pending', 'placed'],
        ['expired', 'payment-window'],
      ],
    )
    const lateMs = Date.parse(order.history[1]?.at as string) - Date.parse(order.expiresAt)
    assert.ok(lateMs >= 0 && lateMs < 5_000, `${lateMs} ms late`)
  }
  const ids = new Set(claims.map(({ claimId }) => claimId))
  const told = (await house.told('order.expired')).filter(({ subject }) => ids.has(subject))
  assert.equal(told.length, claims.length)
}
