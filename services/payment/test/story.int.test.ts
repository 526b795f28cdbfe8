import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import type { ServiceStory } from '@stampede/contracts/story'
import { until } from '@stampede/kit/testing/until'
import { type House, openHouse } from './house.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

const read = (orderId: string, query = '') =>
  house.readPayment<ServiceStory & { code?: string }>(`/internal/orders/${orderId}/story${query}`)
/** Once all of it is told and over. */
const storyOf = (orderId: string, steps: number) =>
  until('the story', async () => {
    const story = await read(orderId)
    return story.steps?.length === steps && story.steps.every(({ open }) => !open) && story
  })
const said = ({ steps }: ServiceStory) =>
  steps.map(({ what, failed, reason }) => [what, ...(failed ? [reason] : [])].join(': '))

test('a payment that settled and went back: noted, charged, told, each way', async () => {
  const wish = await house.request('succeed')
  await house.ended(wish.orderId)
  await house.refund(wish)
  await house.refunded(wish.orderId)
  const story = await storyOf(wish.orderId, 6)
  assert.equal(story.userId, wish.userId)
  assert.deepEqual(said(story), [
    'process payment.requested by payment',
    'payment charge',
    'process refund.requested by payment',
    'payment refund',
    'send payment.settled',
    'send refund.settled',
  ])
  const charge = story.steps[1]
  assert.equal(story.steps[4]?.at, charge?.until)
  assert.ok((charge?.tries ?? 0) >= 1 && (charge?.until ?? '') >= (charge?.at ?? ''))
})

test('a payment that failed says why, and one that was wrong went back by itself', async () => {
  const [declined, wrong] = [await house.request('fail'), await house.request('wrong-amount')]
  const first = 'process payment.requested by payment'
  assert.deepEqual(said(await storyOf(declined.orderId, 3)), [
    first,
    'payment charge: declined',
    'send payment.failed',
  ])
  assert.deepEqual(said(await storyOf(wrong.orderId, 5)), [
    first,
    'payment charge: wrong-amount',
    'payment refund',
    'send payment.failed',
    'send refund.settled',
  ])
})

test('a payment that waits for the provider has no end yet', async () => {
  const { orderId } = await house.request('succeed', { delayMs: 60_000 })
  const story = await until('its begin', async () => {
    const found = await read(orderId)
    return found.steps && found
  })
  const [noted, charge] = story.steps
  assert.deepEqual([noted?.open, charge?.open, charge?.until], [undefined, true, undefined])
})

test('an order without payments, and another buyer’s, are unknown', async () => {
  const { orderId, userId } = await house.request('fail')
  await house.ended(orderId)
  assert.equal((await read(newId())).code, 'not_found')
  assert.equal((await read(orderId, `?userId=${newId()}`)).code, 'not_found')
  assert.equal((await read(orderId, `?userId=${userId}`)).userId, userId)
})
