import { LIVES, type Life, SALE_ID } from './small-lives.ts'

/** An event of the small world, and the schema whose outbox tells it. */
export interface News {
  readonly schema: 'inventory' | 'orders' | 'payments'
  readonly topic: string
  readonly id: string
  readonly orderId: string
  readonly data: object
}

const ENDS: Readonly<Record<string, string>> = {
  buyer: 'cancelled',
  'payment-window': 'expired',
  'payment-settled': 'paid',
  'refund-requested': 'refunded',
  'payment-returned': 'expired',
}

/** What functions hear of. */
export const ENDINGS = ['order.paid', 'order.refunded', 'order.cancelled', 'order.expired']

export const NEWS: readonly News[] = LIVES.flatMap((life) => [...orderNews(life), ...moneyNews(life)])

function orderNews({ wish: { orderId }, steps }: Life): News[] {
  const data = { saleId: SALE_ID, orderId }
  const reserved = { reservations: [{ saleId: SALE_ID, claimId: orderId }] }
  const ends = steps.flatMap(([, cause], i): News[] => {
    const end = ENDS[cause]
    const told = { schema: 'orders', topic: `order.${end}`, id: `${orderId}.${end}.${i + 1}` } as const
    return end ? [{ ...told, orderId, data }] : []
  })
  return [
    { schema: 'inventory', topic: 'stock.reserved', id: `${orderId}.reserved`, orderId, data: reserved },
    { schema: 'orders', topic: 'order.placed', id: `${orderId}.placed`, orderId, data },
    ...ends,
  ]
}

function moneyNews({ wish: { orderId }, payments }: Life): News[] {
  return payments.flatMap(({ paymentId, state, refund }) => {
    const data = { paymentId, orderId }
    const end = state === 'failed' ? 'failed' : 'settled'
    const told: News[] = [
      { schema: 'orders', topic: 'payment.requested', id: `${paymentId}.requested`, orderId, data },
      { schema: 'payments', topic: `payment.${end}`, id: `${paymentId}.${end}`, orderId, data },
    ]
    if (!refund) return told
    const { refundId } = refund
    return [
      ...told,
      { schema: 'orders', topic: 'refund.requested', id: `${refundId}.requested`, orderId, data },
      { schema: 'payments', topic: 'refund.settled', id: `${refundId}.settled`, orderId, data },
    ]
  })
}
