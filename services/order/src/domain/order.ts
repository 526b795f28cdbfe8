import type { OrderState } from '@stampede/contracts/orders'

/** A state an order can change to. */
export type Change = Exclude<OrderState, 'pending'>

/** From which states an order may come into each: the whole state machine. What is not here never happens. */
export const COMES_FROM = {
  paid: ['pending'],
  cancelled: ['pending'],
  expired: ['pending'],
  refunded: ['paid'],
} as const satisfies Record<Change, readonly OrderState[]>
