import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import type { ServiceStory } from '@stampede/contracts/story'
import { until } from '@stampede/kit/testing/until'
import { eventOf } from './events.ts'
import { type Harness, openHarness } from './harness.ts'
import { writeModules } from './modules.ts'

const BAD_COUPON = `export function handle({ data }) {
  if (data.totalCents === 1001) throw new Error('no coupons for ' + data.userId)
  return { code: 'THANKS', percent: 5, state: 'granted' }
}
`

describe('what functions know of an order', () => {
  let house: Harness
  const modules = writeModules({ coupon: BAD_COUPON })
  before(async () => {
    house = await openHarness({ FUNCTIONS_DIR: modules.dir })
    await house.start()
  })
  after(async () => {
    await house.close()
    modules.forget()
  })

  const ask = (orderId: string, query = '') => house.ask(`/internal/orders/${orderId}/story${query}`)
  const storyOf = (orderId: string, steps: number) =>
    until('the end of all calls', async () => {
      const story = (await (await ask(orderId)).json()) as ServiceStory
      return story.steps?.length === steps && story.steps.every(({ open }) => !open) && story
    })

  test('each event that was heard, and each call with its begin and end', async () => {
    const [orderId, paid] = [newId(), 'order.paid' as const]
    const event = eventOf(paid, { orderId })
    await house.tell(event, eventOf(paid))
    const story = await storyOf(orderId, 4)
    assert.equal(story.userId, event.data.userId)
    const [heard, ...calls] = story.steps
    assert.deepEqual([heard?.what, heard?.until], ['process order.paid by functions', undefined])
    const names = [
      'run coupon for order.paid',
      'run notification for order.paid',
      'run points for order.paid',
    ]
    assert.deepEqual(calls.map(({ what }) => what).toSorted(), names)
    for (const { what, at, until: end = '', tries, failed } of calls) {
      assert.ok(end >= at && at === heard?.at, what)
      assert.deepEqual([tries, failed], [1, undefined], what)
    }
    const endOf = (name: string) => calls.find(({ what }) => what.includes(name))?.until ?? ''
    assert.ok(endOf('notification') >= endOf('coupon') && endOf('notification') >= endOf('points'))
    await house.tell(eventOf('order.refunded', { orderId }))
    assert.equal((await storyOf(orderId, 8)).steps.length, 8)
  })

  test('a call that was given up has failed, after so many tries, and its error stays inside', async () => {
    const orderId = newId()
    const event = eventOf('order.paid', { orderId, totalCents: 1001 })
    await house.tell(event)
    const { steps } = await storyOf(orderId, 4)
    const coupon = steps.find(({ what }) => what === 'run coupon for order.paid')
    assert.deepEqual([coupon?.failed, coupon?.tries], [true, 3])
    assert.ok((coupon?.until ?? '') > (coupon?.at ?? ''))
    assert.ok(!JSON.stringify(steps).includes('no coupons'))
  })

  test('an order nothing was heard of, and another buyer’s, are unknown; one whose id begins alike is not told', async () => {
    const orderId = newId()
    const event = eventOf('order.cancelled', { orderId })
    await house.tell(event)
    await storyOf(orderId, 2)
    assert.equal((await ask(orderId, `?userId=${event.data.userId}`)).status, 200)
    assert.equal((await ask(orderId, `?userId=${newId()}`)).status, 404)
    assert.equal((await ask(newId())).status, 404)
    const alike = `${orderId}0`
    await house.sql.query(
      `insert into call (function, event_id, event, state)
       select function, $2 || '.cancelled.1', event, 'waiting'
       from call where starts_with(event_id, $1)`,
      [orderId, alike],
    )
    assert.equal((await storyOf(orderId, 2)).steps.length, 2)
  })
})
