import type {
  FunctionContext,
  FunctionEvent,
  FunctionResults,
  NotificationResult,
} from '@stampede/contracts/functions'

/** Says in a sentence or two what became of an order, and what came with it. */
export function handle(event: FunctionEvent, { results }: FunctionContext): NotificationResult {
  const { orderId } = event.data
  return { text: [`Your order ${orderId} ${WORDS[event.type]}.`, ...tellExtras(results)].join(' ') }
}

const WORDS = {
  'order.paid': 'is paid',
  'order.refunded': 'is refunded, and the money is on its way back',
  'order.cancelled': 'is cancelled',
  'order.expired': 'was not paid in time and has expired',
} as const satisfies Record<FunctionEvent['type'], string>

/** A function that failed for good is passed over: the buyer still hears of the order. */
function tellExtras({ coupon, points }: Partial<FunctionResults>): string[] {
  const said: string[] = []
  if (coupon?.state === 'granted') said.push(`Your coupon ${coupon.code} is worth ${coupon.percent} %.`)
  if (coupon?.state === 'revoked') said.push(`Its coupon ${coupon.code} is no longer valid.`)
  if (points && points.points > 0) said.push(`You have earned ${points.points} points.`)
  if (points && points.points < 0) said.push(`${-points.points} points were taken back.`)
  return said
}
