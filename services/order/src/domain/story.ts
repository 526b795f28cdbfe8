import type { Topic } from '@stampede/contracts/events'
import type { Cause, Order } from '@stampede/contracts/orders'
import type { Step } from '@stampede/contracts/story'

interface Told {
  readonly topic: Topic
  readonly at: string
  readonly withinMs?: number
}

type Noted = Pick<Step, 'what'> & { readonly tells: readonly Topic[] }

/** What each step of an order's history is in its story, and what was told of it. */
const NOTED: Readonly<Record<Exclude<Cause, 'placed'>, Noted>> = {
  buyer: { what: 'buyer cancels', tells: ['order.cancelled'] },
  'payment-window': { what: 'order expires', tells: ['order.expired'] },
  'payment-requested': { what: 'buyer pays', tells: ['payment.requested'] },
  'payment-settled': { what: 'process payment.settled by order-payments', tells: ['order.paid'] },
  'payment-failed': { what: 'process payment.failed by order-payments', tells: [] },
  revived: { what: 'order revived', tells: ['order.paid'] },
  'payment-late': { what: 'money late', tells: [] },
  'payment-returned': { what: 'money returned', tells: ['refund.requested', 'order.expired'] },
  'refund-requested': { what: 'buyer refunds', tells: ['order.refunded', 'refund.requested'] },
  'refund-settled': { what: 'process refund.settled by order-payments', tells: [] },
}
/** An order is written after its units were reserved, which is when it says it was placed. */
const WRITTEN_WITHIN_MS = 10_000

/** The steps an order's history knows of. */
export function stepsOf({ history }: Pick<Order, 'history'>): Step[] {
  return history.flatMap(({ cause, at }) => {
    if (cause === 'placed') return []
    return [{ what: NOTED[cause].what, at }]
  })
}

/** What was told of an order, and when, by its history. */
export function newsOf({ history }: Pick<Order, 'history'>): Told[] {
  return history.flatMap(({ cause, at }): Told[] => {
    if (cause === 'placed') return [{ topic: 'order.placed', at, withinMs: WRITTEN_WITHIN_MS }]
    return NOTED[cause].tells.map((topic) => ({ topic, at }))
  })
}

/** When the order was written: with the news of it; as long as that is known. */
export function writtenStep(news: readonly Step[]): Step[] {
  const placed = news.find(({ what }) => what === 'send order.placed')
  return placed ? [{ what: 'order rows', at: placed.at }] : []
}
