import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { until } from '@stampede/kit/testing/until'
import { eventOf } from './events.ts'
import { forgetQueues, type Harness, openHarness } from './harness.ts'

describe('effects of order events', () => {
  let house: Harness
  before(async () => {
    house = await openHarness()
    await house.start()
  })
  after(() => house.close())

  const allDone = (orderId: string, calls: number) =>
    until(`the calls of ${orderId}`, async () => {
      const effects = await house.effects(orderId)
      return effects.calls === calls && effects.undone === 0 && effects
    })

  test('a paid order told three times earns one coupon, its points and one message that knows both', async () => {
    const orderId = newId()
    const paid = eventOf('order.paid', { orderId })
    await house.tell(paid, paid)
    await house.tell(paid)
    const { coupons, points, messages } = await allDone(orderId, 3)
    assert.deepEqual([coupons, points], [[{ state: 'granted', version: 2 }], [12]])
    assert.equal(messages?.length, 1)
    assert.match(messages[0] ?? '', /is paid.*coupon THANKS-\w+ is worth 5 %.*earned 12 points/)
  })

  test('a refund takes back what was given: the coupon is revoked, the points sum to zero', async () => {
    const orderId = newId()
    await house.tell(eventOf('order.paid', { orderId }))
    await allDone(orderId, 3)
    const refunded = eventOf('order.refunded', { orderId })
    await house.tell(refunded, refunded, refunded)
    const { coupons, points, messages } = await allDone(orderId, 6)
    assert.deepEqual([coupons, points], [[{ state: 'revoked', version: 3 }], [12, -12]])
    assert.equal(messages?.length, 2)
    assert.match(messages[1] ?? '', /is refunded.*no longer valid.*12 points were taken back/)
  })

  test('a refund that is heard before the payment wins: the points that come later go back at once, and nobody hears of them', async () => {
    const orderId = newId()
    await house.tell(eventOf('order.refunded', { orderId }))
    await allDone(orderId, 3)
    await house.tell(eventOf('order.paid', { orderId }))
    const { coupons, points, messages } = await allDone(orderId, 6)
    assert.deepEqual([coupons, points], [[{ state: 'revoked', version: 3 }], [12, -12]])
    assert.equal(messages?.length, 2)
    for (const text of messages) assert.doesNotMatch(text, /points/)
  })

  test('a refund takes back the points that were given, whatever its own price would make', async () => {
    const orderId = newId()
    await house.tell(eventOf('order.paid', { orderId, totalCents: 1_250 }))
    await allDone(orderId, 3)
    await house.tell(eventOf('order.refunded', { orderId, totalCents: 9_900 }))
    const { points, messages } = await allDone(orderId, 6)
    assert.deepEqual(points, [12, -12])
    assert.match(messages?.[1] ?? '', /12 points were taken back/)
  })

  test('orders that ended without money are told of, once, and earn nothing', async () => {
    for (const [type, word] of [
      ['order.cancelled', /is cancelled\.$/],
      ['order.expired', /has expired\.$/],
    ] as const) {
      const event = eventOf(type)
      await house.tell(event, event, event)
      const { coupons, points, messages } = await allDone(event.subject, 1)
      assert.deepEqual([coupons, points, messages?.length], [null, null, 1])
      assert.match(messages?.[0] ?? '', word)
    }
  })

  test('an expiry that is told again under a higher version is no second message', async () => {
    const orderId = newId()
    await house.tell(eventOf('order.expired', { orderId }))
    await allDone(orderId, 1)
    await house.tell(eventOf('order.expired', { orderId, version: 5 }))
    assert.equal((await allDone(orderId, 2)).messages?.length, 1)
  })

  test('with the queues emptied again and again, all calls are done and each once', async () => {
    const events = Array.from({ length: 300 }, () => eventOf('order.paid'))
    const emptying = setInterval(() => void forgetQueues(house.config), 20)
    try {
      await house.tell(...events)
      const count = async () => {
        const { rows } = await house.sql.query("select count(*)::int as n from call where state = 'done'")
        return rows[0].n as number
      }
      const start = await count()
      await until('some of the calls', async () => (await count()) > start + 50)
    } finally {
      clearInterval(emptying)
    }
    for (const { subject } of events) {
      const { coupons, points, messages } = await allDone(subject, 3)
      assert.deepEqual([coupons?.length, points, messages?.length], [1, [12], 1])
    }
  })
})
