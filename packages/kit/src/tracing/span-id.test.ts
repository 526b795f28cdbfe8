import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOPS } from '@stampede/contracts/telemetry'
import { spanIdOf } from './span-id.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

test('the number of a hop never changes: ids made before would name other spans', () => {
  assert.equal(spanIdOf(TRACE, 'gateway request'), 'f92f3577b34da601')
  assert.equal(spanIdOf(TRACE, 'provider request'), 'f92f3577b34da607')
  assert.equal(spanIdOf(TRACE, 'order rows'), 'f92f3577b34da60c')
  assert.equal(spanIdOf(TRACE, 'send payment.requested'), 'f92f3577b34da610')
  assert.equal(spanIdOf(TRACE, 'run notification for order.paid'), 'f92f3577b34da61d')
  assert.equal(spanIdOf(TRACE, 'process refund.settled by order-payments'), 'f92f3577b34da630')
})

test('the hops there are keep their order; a new one goes to the end', () => {
  const names = Object.keys(HOPS)
  assert.deepEqual(names.slice(0, FIRST.length), FIRST)
})

const FIRST = [
  'gateway request',
  'user request',
  'order request',
  'inventory request',
  'payment request',
  'functions request',
  'provider request',
  'gateway send',
  'order place',
  'inventory gate',
  'inventory ledger',
  'order rows',
  'send stock.reserved',
  'process stock.reserved by order',
  'send order.placed',
  'send payment.requested',
  'process payment.requested by payment',
  'payment charge',
  'payment settle',
  'send payment.settled',
  'process payment.settled by order-payments',
  'send payment.failed',
  'process payment.failed by order-payments',
  'send order.paid',
  'process order.paid by inventory',
  'process order.paid by functions',
  'run coupon for order.paid',
  'run points for order.paid',
  'run notification for order.paid',
  'send order.cancelled',
  'process order.cancelled by inventory',
  'process order.cancelled by functions',
  'run notification for order.cancelled',
  'send order.expired',
  'process order.expired by inventory',
  'process order.expired by functions',
  'run notification for order.expired',
  'send order.refunded',
  'process order.refunded by inventory',
  'process order.refunded by functions',
  'run coupon for order.refunded',
  'run points for order.refunded',
  'run notification for order.refunded',
  'send refund.requested',
  'process refund.requested by payment',
  'payment refund',
  'send refund.settled',
  'process refund.settled by order-payments',
]
