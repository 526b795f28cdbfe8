import { drawArrivals } from '../../generator/open-loop.ts'
import type { Random } from '../../generator/random.ts'

const TICK_MS = 4
/** Beyond it this process was held up itself: it goes on from now and leaves out what it missed. */
const BEHIND_MS_MAX = 1_000

/** Calls `arrive` for each buyer of a Poisson process, whatever became of the earlier ones, until stopped. */
export function startArrivals(random: Random, ratePerSecond: number, arrive: () => void): () => void {
  const arrivals = drawArrivals(random, ratePerSecond, Number.POSITIVE_INFINITY)
  let start = performance.now()
  let nextMs = draw()

  function draw(): number {
    return arrivals.next().value ?? Number.POSITIVE_INFINITY
  }

  const timer = setInterval(() => {
    const now = performance.now()
    start += Math.max(0, now - start - nextMs - BEHIND_MS_MAX)
    for (; nextMs <= now - start; nextMs = draw()) arrive()
  }, TICK_MS)
  return () => clearInterval(timer)
}
