import { hash } from 'node:crypto'
import type { CouponResult, FunctionContext, FunctionEvent } from '@stampede/contracts/functions'

const PERCENT = 5
const CODE_CHARS = 12

/** A paid order earns a coupon for the next one; a refund takes it back. */
export function handle(event: FunctionEvent, _context: FunctionContext): CouponResult {
  const { orderId } = event.data
  const state = event.type === 'order.paid' ? 'granted' : 'revoked'
  return { code: codeOf(orderId), percent: PERCENT, state }
}

/** Derived, so the order has the same code however often it is asked for. It is no secret. */
function codeOf(orderId: string): string {
  return `THANKS-${hash('sha256', `coupon ${orderId}`, 'hex').slice(0, CODE_CHARS).toUpperCase()}`
}
