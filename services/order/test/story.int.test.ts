import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import type { ServiceStory } from '@stampede/contracts/story'
import { until } from '@stampede/kit/testing/until'
import { type Harness, newClaim, openHarness } from './harness.ts'
import { openPaying, type Paying } from './paying.ts'

describe('what the order service knows of an order', () => {
  let house: Harness
  let money: Paying
  before(async () => {
    house = await openHarness()
    money = openPaying(house)
  })
  after(() => house.close())

  const ask = ({ claimId }: Claim, userId?: string) =>
    house.ask(`/internal/orders/${claimId}/story${userId ? `?userId=${userId}` : ''}`)
  /** Once all that was told of it has been sent. */
  const storyOf = (claim: Claim) =>
    until('a story whose news are told', async () => {
      const answer = await ask(claim, claim.userId)
      assert.equal(answer.status, 200)
      const story = (await answer.json()) as ServiceStory
      return story.steps.every(({ open }) => !open) && story
    })
  const names = ({ steps }: ServiceStory) => steps.map(({ what }) => what).toSorted()

  test('placed, paid and given back: each step of its history, and when each was told to Kafka', async () => {
    const claim = await money.placed()
    const paymentId = await money.asked(claim)
    await money.settle(claim, paymentId)
    await money.becomes(claim, 'payment-settled')
    assert.equal((await house.refund(claim)).status, 202)
    await house.tellPayment('refund.settled', { refundId: newId(), ...money.moneyOf(claim, paymentId) })
    await money.becomes(claim, 'refund-settled')
    const story = await storyOf(claim)
    assert.deepEqual([story.userId, story.state, story.traceId], [claim.userId, 'refunded', claim.traceId])
    assert.deepEqual(names(story), [
      'buyer pays',
      'buyer refunds',
      'order rows',
      'process payment.settled by order-payments',
      'process refund.settled by order-payments',
      'send order.paid',
      'send order.placed',
      'send order.refunded',
      'send payment.requested',
      'send refund.requested',
    ])
    const timeOf = (what: string) => story.steps.find((step) => step.what === what)
    // A change and what it tells have the time of their transaction.
    assert.equal(timeOf('send order.paid')?.at, timeOf('process payment.settled by order-payments')?.at)
    for (const { what, at, until: end = at } of story.steps) assert.ok(end >= at, what)
  })

  test('an order that was cancelled, and one that expired, end with it', async () => {
    const [cancelled, overdue] = [await money.placed(), await money.placed()]
    await house.cancel(cancelled.userId, cancelled.claimId)
    await money.expired(overdue)
    const placed = ['order rows', 'send order.placed']
    assert.deepEqual(
      names(await storyOf(cancelled)),
      ['buyer cancels', ...placed, 'send order.cancelled'].toSorted(),
    )
    assert.deepEqual(
      names(await storyOf(overdue)),
      ['order expires', ...placed, 'send order.expired'].toSorted(),
    )
  })

  test('what a consumer could not work on is a failed step', async () => {
    const claim = await money.placed()
    await house.sql.query(
      `insert into dead_letter (consumer, topic, partition, kafka_offset, sent_at, key, error)
       values ('order-payments', 'payment.settled', 0, 7, now(), $1, 'is odd')`,
      [claim.claimId],
    )
    const { steps } = await storyOf(claim)
    const failed = steps.filter((step) => step.failed)
    assert.deepEqual(
      failed.map(({ what }) => what),
      ['process payment.settled by order-payments'],
    )
    assert.ok(!JSON.stringify(steps).includes('is odd'), 'errors are for operators')
  })

  test('an order that waits or was refused has a state and no steps here', async () => {
    const { claimId, saleId, userId, quantity, traceId } = newClaim()
    const wish = { claimId, saleId, quantity, traceId }
    const read = async () => (await house.ask(`/internal/orders/${claimId}/story?userId=${userId}`)).json()
    house.inventory.wishes.set(`${userId} ${claimId}`, wish)
    assert.deepEqual(await read(), { userId, state: 'queued', traceId, steps: [] })
    house.inventory.wishes.set(`${userId} ${claimId}`, { ...wish, refused: 'sold-out' })
    assert.deepEqual(await read(), { userId, state: 'refused', traceId, steps: [] })
  })

  test('an unknown and a foreign order are 404, and nobody without the key is heard', async () => {
    const claim = await money.placed()
    assert.equal((await ask(claim, newId())).status, 404)
    assert.equal((await ask(claim)).status, 404)
    assert.equal((await ask(newClaim(), claim.userId)).status, 404)
    const bare = await fetch(`${house.url}/internal/orders/${claim.claimId}/story?userId=${claim.userId}`)
    assert.equal(bare.status, 401)
  })
})
