import type { Refusal, Wish } from '@stampede/contracts/claims'
import type { UnmadeOrder } from '@stampede/contracts/orders'
import type { ProblemCode } from '@stampede/contracts/problems'

/** What a queue may refuse later, by its public name; all else is our trouble, not the buyer's. */
const CODES: Partial<Record<Refusal, ProblemCode>> = { 'sold-out': 'sold_out', limit: 'limit_reached' }

/** What the buyer sees of a wish that has no order. */
export function toUnmade({ claimId, saleId, quantity, traceId, refused }: Wish): UnmadeOrder {
  const seen = { orderId: claimId, saleId, quantity, traceId }
  return refused
    ? { ...seen, state: 'refused', code: CODES[refused] ?? 'overloaded' }
    : { ...seen, state: 'queued' }
}
