import { drawArrivals } from '../generator/open-loop.ts'
import { drawInteger, seededRandom } from '../generator/random.ts'

/** An attempt of the story: who asks, under which key, and when. */
export interface Planned {
  /** Milliseconds after the opening. */
  readonly atMs: number
  /** Index of the buyer. */
  readonly buyer: number
  readonly key: string
}

/** All attempts of a sale come within about this time: the rush. */
export const RUSH_MS = 500
/** So many attempts are an earlier one again, as a nervous buyer's second click is. */
const AGAIN_SHARE = 0.05
/** How many attempts lie between the two at most. */
const AGAIN_WITHIN = 50

/** The load that every row gets: the same for the same seed, ascending in time. */
export function makePlan(seed: number, attempts: number, buyers: number): Planned[] {
  const random = seededRandom(seed)
  // One stream for times and one for people: a change of the one must not shift the other.
  const arrivals = drawArrivals(seededRandom(seed ^ 0x5bd1e995), (attempts * 1000) / RUSH_MS, RUSH_MS * 100)
  const plan: Planned[] = []
  for (const atMs of arrivals) {
    if (plan.length === attempts) break
    const earlier = plan[plan.length - 1 - drawInteger(random, AGAIN_WITHIN)]
    const again = random() < AGAIN_SHARE ? earlier : undefined
    const fresh = { buyer: drawInteger(random, buyers), key: `story-${seed}-${plan.length}` }
    plan.push({ ...(again ?? fresh), atMs })
  }
  return plan
}
