import type { OrderChanged } from '@stampede/contracts/events'
import type { Apply } from '@stampede/kit/events/deliver'
import type { Tx } from '@stampede/kit/postgres'
import type { Stage } from '../stages/stage.ts'

/** What the ledger hears of orders. */
export const ORDER_TOPICS = ['order.cancelled', 'order.expired', 'order.refunded', 'order.paid'] as const
export type OrderTopic = (typeof ORDER_TOPICS)[number]

export interface OrderPorts {
  readonly stages: Pick<Stage, 'release'>
  readonly sell: (tx: Tx, paid: readonly OrderChanged[]) => Promise<void>
}

/**
 * Reservations follow their orders: a paid one is sold, which is the same for all stages; one that was
 * cancelled, has expired or was refunded gives its units back to the stage of its sale. In whatever order the
 * events come, and a batch is of one topic as a rule: each reservation keeps to the greatest version.
 */
export function followOrders({ stages, sell }: OrderPorts): Apply<OrderTopic> {
  return async (tx, events) => {
    const { paid = [], ended = [] } = Object.groupBy(events, ({ type }) =>
      type === 'order.paid' ? 'paid' : 'ended',
    )
    if (paid.length > 0) {
      await sell(
        tx,
        paid.map(({ data }) => data),
      )
    }
    if (ended.length === 0) return undefined
    return stages.release(
      tx,
      ended.map(({ data }) => data),
    )
  }
}
