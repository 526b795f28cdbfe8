import type { FunctionEvent, FunctionTopic } from '@stampede/contracts/functions'
import { newId } from '@stampede/contracts/ids'
import { traceparentOf } from '@stampede/kit/tracing/span-id'
import { newTraceId } from '@stampede/kit/tracing/trace-id'

interface Given {
  readonly orderId?: string
  readonly version?: number
  readonly totalCents?: number
  readonly traceId?: string
}

/** An event of an order, as the order service tells it. */
export function eventOf(type: FunctionTopic, given: Given = {}): FunctionEvent {
  const { orderId = newId(), version = VERSIONS[type], totalCents = 1_250, traceId = newTraceId() } = given
  const changed = { orderId, saleId: newId(), userId: newId(), quantity: 1, version }
  const money = { paymentId: newId(), totalCents, currency: 'EUR' }
  const moves = type === 'order.paid' || type === 'order.refunded'
  return {
    specversion: '1.0',
    id: `${orderId}.${type}.${version}`,
    source: 'urn:stampede:order',
    type,
    time: '2026-11-21T10:00:00.000Z',
    subject: orderId,
    datacontenttype: 'application/json',
    traceparent: traceparentOf(traceId, 'order rows'),
    data: moves ? { ...changed, ...money } : changed,
  } as FunctionEvent
}

const VERSIONS = { 'order.paid': 2, 'order.refunded': 3, 'order.cancelled': 1, 'order.expired': 1 } as const
