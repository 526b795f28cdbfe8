import type { FunctionContext, FunctionEvent, PointsResult } from '@stampede/contracts/functions'

const CENTS_PER_POINT = 100

/** One point for each full 100 minor units that were paid; what was given is taken back with the money. */
export function handle(event: FunctionEvent, _context: FunctionContext): PointsResult {
  if (!('totalCents' in event.data)) throw new Error(`${event.type} moves no money`)
  const points = Math.floor(event.data.totalCents / CENTS_PER_POINT)
  return { points: event.type === 'order.paid' ? points : 0 - points }
}
