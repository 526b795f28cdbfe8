import type { Event } from '@stampede/contracts/events'
import type { Apply } from '@stampede/kit/events/deliver'
import type { Tx } from '@stampede/kit/postgres'

type Insert<T extends 'payment.requested' | 'refund.requested'> = (
  tx: Tx,
  events: readonly Event<T>[],
) => Promise<void>

export interface MoneyPorts {
  readonly insertPayments: Insert<'payment.requested'>
  readonly insertRefunds: Insert<'refund.requested'>
  /** Tell once more how those of these ended that did so long ago. */
  readonly retellPayments: (tx: Tx, paymentIds: readonly string[]) => Promise<void>
  readonly retellRefunds: (tx: Tx, refundIds: readonly string[]) => Promise<void>
  /** Called after the commit. */
  readonly onRequested: () => void
}

/** Writes down what is to be charged and what is to go back; the rows are the inbox as well. */
export function writeRequests(ports: MoneyPorts): Apply<'payment.requested' | 'refund.requested'> {
  return async (tx, events) => {
    const payments = events.filter((event) => event.type === 'payment.requested')
    const refunds = events.filter((event) => event.type === 'refund.requested')
    if (payments.length > 0) {
      await ports.insertPayments(tx, payments)
      await ports.retellPayments(
        tx,
        payments.map(({ data }) => data.paymentId),
      )
    }
    if (refunds.length > 0) {
      await ports.insertRefunds(tx, refunds)
      await ports.retellRefunds(
        tx,
        refunds.map(({ data }) => data.refundId),
      )
    }
    return ports.onRequested
  }
}
