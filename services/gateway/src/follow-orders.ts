import { OrderView } from '@stampede/contracts/orders'
import type { Answer } from '@stampede/kit/peer'
import Value from 'typebox/value'
import { Feed, type Listener, type Look } from './domain/feed.ts'
import type { Ears, Following, OrderNews } from './domain/ports.ts'

/**
 * News may come before the order service has acted on it, as that a payment
 * has settled does: the order is looked at again so long after them.
 */
const AGAIN_MS = [300, 1_000]

export interface OrderPorts {
  /** The buyer's order; another buyer's is 404. */
  readonly ask: (userId: string, orderId: string) => Promise<Answer<OrderView>>
  /** Nothing is opened when there is nowhere to hear from. */
  readonly openNews: (ears: Ears) => OrderNews | undefined
  /** How often to look without any news. */
  readonly everyMs: number
}

export interface OrderWish {
  readonly userId: string
  readonly orderId: string
}

interface Followed {
  readonly feed: Feed<Answer<unknown>>
  again: NodeJS.Timeout[]
}

export type OrderFollowing = ReturnType<typeof openOrderFollowing>

/** Follows orders for their owners: looks when something was told of them, and every now and then anyway. */
export function openOrderFollowing({ ask, openNews, everyMs }: OrderPorts) {
  const followed = new Map<string, Set<Followed>>()
  const news = openNews({ onOrder, onListening: lookAtAll })

  function onOrder(orderId: string): void {
    const all = followed.get(orderId)
    if (!all) return
    for (const each of all) {
      void each.feed.look()
      for (const timer of each.again) clearTimeout(timer)
      each.again = AGAIN_MS.map((ms) => setTimeout(() => void each.feed.look(), ms))
    }
  }

  function lookAtAll(): void {
    for (const all of followed.values()) for (const { feed } of all) void feed.look()
  }

  function remember(orderId: string, one: Followed): void {
    const all = followed.get(orderId) ?? new Set()
    followed.set(orderId, all.add(one))
    news?.want()
  }

  function forget(orderId: string, one: Followed): void {
    const all = followed.get(orderId)
    all?.delete(one)
    if (all?.size === 0) followed.delete(orderId)
    for (const timer of one.again) clearTimeout(timer)
    news?.unwant()
  }

  return {
    /** Each has a feed of their own: whether the order is theirs, only the order service can tell. */
    follow({ userId, orderId }: OrderWish, tell: Listener): Following<Answer<unknown>> {
      const feed = new Feed(async () => toLook(await ask(userId, orderId)))
      const one: Followed = { feed, again: [] }
      feed.listeners.add(tell)
      remember(orderId, one)
      const timer = setInterval(() => void feed.look(), everyMs)
      return {
        look: () => feed.look(),
        leave() {
          clearInterval(timer)
          feed.listeners.delete(tell)
          forget(orderId, one)
        },
      }
    },
    close: async () => news?.close(),
  }
}

function toLook(answer: Answer<OrderView>): Look<Answer<unknown>> {
  if (!answer.ok || answer.status !== 200) return { failed: answer }
  const order = answer.body
  // An order that is not made yet has no version, and its first one is 0.
  const id = 'version' in order ? String(order.version) : order.state
  return { seen: { id, text: JSON.stringify(Value.Clean(OrderView, order)) } }
}
