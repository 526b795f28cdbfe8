import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributesOfHop } from './hop-attributes.ts'
import { HOPS, type Hop } from './telemetry.ts'

test('a message is described by its system, what is done with it, and where it is', () => {
  const sent = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
    'messaging.destination.name': 'order.paid',
  }
  assert.deepEqual(attributesOfHop('send order.paid'), sent)
  const heard = { ...sent, 'messaging.operation.type': 'process', 'messaging.operation.name': 'process' }
  assert.deepEqual(attributesOfHop('process order.paid by functions'), {
    ...heard,
    'messaging.consumer.group.name': 'functions',
  })
  assert.deepEqual(attributesOfHop('run coupon for order.paid'), {
    ...heard,
    'messaging.system': 'bullmq',
    'messaging.destination.name': 'grant-coupon',
  })
  assert.equal(attributesOfHop('run place-order')['messaging.destination.name'], 'place-order')
})

test('a store is named, and what asks none and sends nothing has nothing in common', () => {
  assert.deepEqual(attributesOfHop('inventory gate'), { 'db.system.name': 'redis' })
  assert.deepEqual(attributesOfHop('order rows'), { 'db.system.name': 'postgresql' })
  assert.deepEqual(attributesOfHop('gateway request'), {})
})

test('whoever sends, hears or runs says what', () => {
  const messaging = (Object.keys(HOPS) as Hop[]).filter((hop) => /^(send|process|run) /.test(hop))
  for (const hop of messaging) assert.ok(attributesOfHop(hop)['messaging.destination.name'], hop)
})
