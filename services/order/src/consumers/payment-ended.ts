import type { Event } from '@stampede/contracts/events'
import type { AfterCommit, Apply } from '@stampede/kit/events/deliver'
import type { EventOf } from '@stampede/kit/events/envelope'
import type { Tx } from '@stampede/kit/postgres'

export type PaymentTopic = 'payment.settled' | 'payment.failed' | 'refund.settled'

export interface PaymentPorts {
  /** Each takes the ids of payments and is safe to repeat; this one answers how many orders it paid. */
  readonly settle: (tx: Tx, paymentIds: readonly string[]) => Promise<number>
  readonly fail: (tx: Tx, failed: readonly Event<'payment.failed'>['data'][]) => Promise<void>
  readonly endRefund: (tx: Tx, paymentIds: readonly string[]) => Promise<void>
  /** Called after the commit; `late` when there may be money that came too late. */
  readonly onHeard: (late: boolean) => void
}

/** What the payment service says. Failures first: a payment that failed may have settled since. */
export function hearPayments({ settle, fail, endRefund, onHeard }: PaymentPorts): Apply<PaymentTopic> {
  return async (tx, events): Promise<AfterCommit> => {
    const settled = idsOf(events, 'payment.settled')
    await fail(
      tx,
      events.filter((event) => event.type === 'payment.failed').map(({ data }) => data),
    )
    const paid = await settle(tx, settled)
    await endRefund(tx, idsOf(events, 'refund.settled'))
    return () => onHeard(paid < settled.length)
  }
}

function idsOf(events: readonly EventOf<PaymentTopic>[], type: PaymentTopic): string[] {
  return events.filter((event) => event.type === type).map(({ data }) => data.paymentId)
}
