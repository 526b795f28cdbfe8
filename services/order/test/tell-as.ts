import type { Reservation } from '@stampede/contracts/claims'
import type { EventData, Topic } from '@stampede/contracts/events'
import { writeEvent } from '@stampede/kit/events/envelope'
import type { openSender } from '@stampede/kit/events/sender'
import { until } from '@stampede/kit/testing/until'
import type { PaymentTopic } from '../src/consumers/payment-ended.ts'

/** Says what other services say, by Kafka, as often as it is called. */
export function tellAs(name: string, sender: ReturnType<typeof openSender>) {
  async function tell<T extends Topic>(topic: T, source: string, facts: readonly Fact<T>[]): Promise<void> {
    const time = new Date().toISOString()
    const letters = facts.map(({ id, subject, data }) => {
      const value = writeEvent(`urn:stampede:${source}`, topic, { id: `${id}.${topic}`, subject, time, data })
      return { topic: `${name}.${topic}`, key: subject, value }
    })
    // A topic made just now may have no leader yet.
    await until('told', () =>
      sender.send(letters).then(
        () => true,
        () => false,
      ),
    )
  }
  return {
    tellReserved: (...all: readonly Reservation[]) =>
      tell(
        'stock.reserved',
        'inventory',
        all.map((each) => ({ id: each.claimId, subject: each.claimId, data: { reservations: [each] } })),
      ),
    /** Of all in one event, as inventory tells of a batch. */
    tellReservedTogether(...all: readonly [Reservation, ...Reservation[]]): Promise<void> {
      const [{ claimId: id }] = all
      return tell('stock.reserved', 'inventory', [{ id, subject: id, data: { reservations: [...all] } }])
    },
    tellPayment: <T extends PaymentTopic>(topic: T, ...all: readonly EventData[T][]) =>
      tell(
        topic,
        'payment',
        all.map((data) => ({ id: data.paymentId, subject: data.orderId, data })),
      ),
  }
}

interface Fact<T extends Topic> {
  readonly id: string
  readonly subject: string
  readonly data: EventData[T]
}
