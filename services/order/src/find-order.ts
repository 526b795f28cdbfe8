import type { Wish } from '@stampede/contracts/claims'
import type { Order, OrderView } from '@stampede/contracts/orders'
import { toUnmade } from './domain/unmade.ts'

export interface FindingPorts {
  readonly find: (userId: string, orderId: string) => Promise<Order | undefined | 'unavailable'>
  readonly wish: (userId: string, orderId: string) => Promise<Wish | undefined | 'unavailable'>
}

/**
 * A buyer's order, or what became of the wish for it. Only who finds no order asks further: a 404 costs one
 * more question, all others nothing. `unavailable` rather than unknown when nobody can say.
 */
export async function findOrder(
  { find, wish }: FindingPorts,
  userId: string,
  orderId: string,
): Promise<OrderView | undefined | 'unavailable'> {
  const order = await find(userId, orderId)
  if (order) return order
  const wished = await wish(userId, orderId)
  return typeof wished === 'object' ? toUnmade(wished) : wished
}
