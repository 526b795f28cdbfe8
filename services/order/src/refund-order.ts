import { deriveRefundId } from '@stampede/contracts/ids'
import type { OrderView } from '@stampede/contracts/orders'
import type { RefundView } from '@stampede/contracts/payments'
import type { KnownRefund, RefundWish } from './domain/payment.ts'

export interface RefundingPorts {
  /** Refunds the order if it is paid and in time; otherwise nothing happens. */
  readonly refund: (wish: RefundWish) => Promise<void>
  readonly known: (wish: RefundWish) => Promise<KnownRefund | undefined>
  readonly find: (userId: string, orderId: string) => Promise<OrderView | undefined | 'unavailable'>
}

export type Refunded =
  | { readonly refund: RefundView }
  | { readonly refused: 'unknown' | 'not-refundable' | 'unavailable' }

/** Tries first and looks afterwards. The same key again is the same refund; another one finds it refunded. */
export async function refundOrder(ports: RefundingPorts, wish: RefundWish): Promise<Refunded> {
  await ports.refund(wish)
  const known = await ports.known(wish)
  if (known?.keyPrint === wish.keyPrint) return { refund: toView(known) }
  if (known) return { refused: 'not-refundable' }
  const order = await ports.find(wish.userId, wish.orderId)
  if (order === 'unavailable') return { refused: 'unavailable' }
  return { refused: order ? 'not-refundable' : 'unknown' }
}

function toView({ paymentId, state }: KnownRefund): RefundView {
  const refundId = deriveRefundId(paymentId, 'buyer')
  return { refundId, paymentId, state: state === 'refunded' ? 'refunded' : 'refunding' }
}
