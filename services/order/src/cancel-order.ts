import type { Order } from '@stampede/contracts/orders'

export interface CancellingPorts {
  /** Cancels the order if its state allows that; otherwise nothing happens. */
  readonly cancel: (userId: string, orderId: string) => Promise<void>
  readonly find: (userId: string, orderId: string) => Promise<Order | undefined | 'unavailable'>
}

export type Cancelled =
  | { readonly order: Order }
  | { readonly refused: 'unknown' | 'not-cancellable' | 'unavailable' }

/**
 * Tries first and looks afterwards: of the two, only the
 * trying can decide a race. Cancelling twice is cancelling.
 */
export async function cancelOrder(
  ports: CancellingPorts,
  userId: string,
  orderId: string,
): Promise<Cancelled> {
  await ports.cancel(userId, orderId)
  const order = await ports.find(userId, orderId)
  if (order === 'unavailable') return { refused: order }
  if (!order) return { refused: 'unknown' }
  return order.state === 'cancelled' ? { order } : { refused: 'not-cancellable' }
}
