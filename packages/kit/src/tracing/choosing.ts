import { openBucket } from './bucket.ts'
import { newTraceId } from './trace-id.ts'

export interface ChoosingOptions {
  /** The share of requests whose trace is kept, 0..1. */
  readonly ratio: number
  /** Most traces kept in a second, whatever the ratio: a rush must not drown those who look on. */
  readonly perSecondMax: number
  /** 0..1. Given by tests. */
  readonly random?: () => number
  /** Milliseconds, monotonic. Given by tests. */
  readonly now?: () => number
}

/**
 * Makes the ids of traces that begin here, and so decides which are kept: before anything is done for a
 * request, and once for all who will take part.
 */
export function openChoosing(options: ChoosingOptions): (always?: boolean) => string {
  const { ratio, perSecondMax, random = Math.random, now = () => performance.now() } = options
  const bucket = openBucket(perSecondMax)
  return (always = false) => newTraceId(always || (random() < ratio && bucket.take(now())))
}
