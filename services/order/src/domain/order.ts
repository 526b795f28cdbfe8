import type { OrderState } from '@stampede/contracts/orders'

interface Change {
  readonly from: OrderState
  readonly to: OrderState
}

/**
 * The whole state machine: a change happens only to an order that is in the state it comes from. What is not
 * here never happens. `revive`: money came for an order that had expired, and its units could be had again.
 */
export const CHANGES = {
  pay: { from: 'pending', to: 'paid' },
  cancel: { from: 'pending', to: 'cancelled' },
  expire: { from: 'pending', to: 'expired' },
  revive: { from: 'expired', to: 'paid' },
  refund: { from: 'paid', to: 'refunded' },
} as const satisfies Record<string, Change>
export type ChangeName = keyof typeof CHANGES
