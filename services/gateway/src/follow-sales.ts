import { hash } from 'node:crypto'
import { Sale } from '@stampede/contracts/sales'
import type { Answer } from '@stampede/kit/peer'
import Value from 'typebox/value'
import { Feed, type Listener, type Look } from './domain/feed.ts'
import type { Following } from './domain/ports.ts'

const POLL_MS = 500
const PRINT_LENGTH = 16

export interface SalePorts {
  readonly ask: (saleId: string) => Promise<Answer<Sale>>
}

interface Polled {
  readonly feed: Feed<Answer<unknown>>
  timer: NodeJS.Timeout | undefined
}

export type SaleFollowing = ReturnType<typeof openSaleFollowing>

/** Follows sales. However many follow the same one, it is asked about twice a second. */
export function openSaleFollowing({ ask }: SalePorts) {
  const followed = new Map<string, Polled>()

  function begin(saleId: string): Polled {
    const polled: Polled = {
      feed: new Feed(async () => toLook(await ask(saleId))),
      timer: setTimeout(poll, POLL_MS),
    }
    async function poll(): Promise<void> {
      await polled.feed.look()
      if (polled.feed.listeners.size > 0) polled.timer = setTimeout(poll, POLL_MS)
    }
    followed.set(saleId, polled)
    return polled
  }

  return {
    follow(saleId: string, tell: Listener): Following<Answer<unknown>> {
      const polled = followed.get(saleId) ?? begin(saleId)
      const { feed } = polled
      feed.listeners.add(tell)
      return {
        look: () => feed.look(),
        leave() {
          feed.listeners.delete(tell)
          if (feed.listeners.size > 0) return
          clearTimeout(polled.timer)
          followed.delete(saleId)
        },
      }
    },
  }
}

function toLook(answer: Answer<Sale>): Look<Answer<unknown>> {
  if (!answer.ok || answer.status !== 200) return { failed: answer }
  const sale = Value.Clean(Sale, answer.body) as Sale
  // The clock alone is no news.
  const id = hash('sha256', JSON.stringify({ ...sale, serverTime: '' }), 'hex').slice(0, PRINT_LENGTH)
  return { seen: { id, text: JSON.stringify(sale) } }
}
