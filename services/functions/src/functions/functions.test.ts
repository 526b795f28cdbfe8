import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FUNCTION_NAMES, FUNCTION_TOPICS } from '@stampede/contracts/functions'
import { eventOf } from '../../test/events.ts'
import { checkResult } from '../check-result.ts'
import { callsFor, REGISTRY, waitersOf } from '../domain/registry.ts'
import { handle as coupon } from './coupon.ts'
import { handle as notification } from './notification.ts'
import { handle as points } from './points.ts'

const NONE = { results: {} }
const ORDER = '019aa5f0-0000-7000-8000-000000000001'
const paid = eventOf('order.paid', { orderId: ORDER, totalCents: 1_999 })
const refunded = eventOf('order.refunded', { orderId: ORDER, totalCents: 1_999 })

test('points are one for each full 100 minor units, and a refund takes back the same', () => {
  assert.deepEqual([points(paid, NONE), points(refunded, NONE)], [{ points: 19 }, { points: -19 }])
  assert.deepEqual(points(eventOf('order.paid', { totalCents: 99 }), NONE), { points: 0 })
})

test('an order has one code, whatever happens to it, and another order another one', () => {
  assert.equal(coupon(paid, NONE).code, coupon(refunded, NONE).code)
  assert.notEqual(coupon(paid, NONE).code, coupon(eventOf('order.paid'), NONE).code)
  assert.deepEqual([coupon(paid, NONE).state, coupon(refunded, NONE).state], ['granted', 'revoked'])
})

test('a notification says what came with the order, and goes without what failed', () => {
  const results = { coupon: coupon(paid, NONE), points: points(paid, NONE) }
  const code = results.coupon.code
  assert.equal(
    notification(paid, { results }).text,
    `Your order ${ORDER} is paid. Your coupon ${code} is worth 5 %. You have earned 19 points.`,
  )
  assert.equal(notification(paid, NONE).text, `Your order ${ORDER} is paid.`)
})

test('what each function gives back for each event it hears is what it owes', () => {
  const modules = { coupon, points, notification }
  for (const name of FUNCTION_NAMES) {
    for (const topic of REGISTRY[name].topics) {
      const text = JSON.stringify(modules[name](eventOf(topic), NONE))
      assert.ok('result' in checkResult(name, text), `${name} ${topic} ${text}`)
    }
  }
})

test('a function waits only for those that hear the same event', () => {
  const states = FUNCTION_TOPICS.map((topic) => callsFor(topic).map(({ name, state }) => `${name} ${state}`))
  const withMoney = ['coupon due', 'points due', 'notification waiting']
  assert.deepEqual(states, [withMoney, withMoney, ['notification due'], ['notification due']])
  assert.deepEqual(FUNCTION_NAMES.map(waitersOf), [['notification'], ['notification'], []])
})
