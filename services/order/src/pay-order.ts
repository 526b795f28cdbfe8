import type { OrderView } from '@stampede/contracts/orders'
import type { PaymentView } from '@stampede/contracts/payments'
import type { KnownPayment, PaymentWish } from './domain/payment.ts'

export interface PayingPorts {
  /** Notes the payment if the order may be paid now; otherwise nothing happens. */
  readonly ask: (wish: PaymentWish) => Promise<boolean>
  readonly known: (wish: PaymentWish) => Promise<KnownPayment | undefined>
  readonly find: (userId: string, orderId: string) => Promise<OrderView | undefined | 'unavailable'>
}

export type Asked =
  | { readonly payment: PaymentView }
  | { readonly refused: 'unknown' | 'not-payable' | 'key-reused' | 'unavailable' }

/** Tries first and looks afterwards, as cancelling does. The same key again is the same payment. */
export async function payOrder({ ask, known, find }: PayingPorts, wish: PaymentWish): Promise<Asked> {
  const { paymentId, outcome, delayMs } = wish
  if (await ask(wish)) return { payment: { paymentId, state: 'requested' } }
  const payment = await known(wish)
  if (payment?.outcome === outcome && payment.delayMs === delayMs) {
    return { payment: { paymentId, state: payment.state } }
  }
  if (payment) return { refused: 'key-reused' }
  const order = await find(wish.userId, wish.orderId)
  if (order === 'unavailable') return { refused: 'unavailable' }
  return { refused: order ? 'not-payable' : 'unknown' }
}
