import { TOPICS, type Topic } from '@stampede/contracts/events'
import { newId } from '@stampede/contracts/ids'
import type { KafkaLink } from '@stampede/kit/events/kafka'
import { type Listener, openListener } from '@stampede/kit/events/listen'
import type { Log } from '@stampede/kit/log'
import type { Ears, OrderNews } from '../domain/ports.ts'

/** Most who come are followed by others soon: joining again costs the broker more than listening on. */
const LINGER_MS = 60_000

/** All that is told under the id of an order. */
const ABOUT_ORDERS = (Object.keys(TOPICS) as Topic[]).filter((topic) =>
  /^(order|payment|refund)\./.test(topic),
)

export interface OrderNewsOptions extends Ears {
  readonly kafka: KafkaLink
  readonly log: Log
  readonly lingerMs?: number
}

/** Hears of orders from Kafka, but only while somebody wants to: a rush that nobody watches costs nothing. */
export function openOrderNews({ kafka, log, onOrder, onListening, lingerMs }: OrderNewsOptions): OrderNews {
  let wanted = 0
  let listener: Listener | undefined
  let lingering: NodeJS.Timeout | undefined
  let closed: Promise<void> = Promise.resolve()

  function stop(): void {
    const stopping = listener?.close()
    listener = undefined
    closed = Promise.all([closed, stopping]).then(() => undefined)
  }

  return {
    want() {
      wanted++
      clearTimeout(lingering)
      listener ??= openListener({
        ...{ kafka, log, topics: ABOUT_ORDERS, onKey: onOrder, onListening },
        // Of its own each time: a group that is still being left must not be met again.
        group: `gateway-live-${newId()}`,
      })
    },
    unwant() {
      wanted--
      if (wanted > 0) return
      clearTimeout(lingering)
      lingering = setTimeout(stop, lingerMs ?? LINGER_MS)
    },
    close() {
      clearTimeout(lingering)
      stop()
      return closed
    },
  }
}
