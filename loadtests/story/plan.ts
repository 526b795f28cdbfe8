import { drawArrivals } from '../generator/open-loop.ts'
import { drawInteger, type Random, seededRandom } from '../generator/random.ts'

/** An attempt of the story: who asks, under which key, and when. */
export interface Planned {
  /** Milliseconds after the opening. */
  readonly atMs: number
  /** Index of the buyer. */
  readonly buyer: number
  readonly key: string
}

/** All attempts of a sale come within about this time: the rush. */
export const RUSH_MS = 1000
/** So many of them have waited for the opening with a finger on the button, and come in this time. */
const OPENING_SHARE = 0.6
const OPENING_MS = 50
/** So many attempts are an earlier one again, as a nervous buyer's second click is. */
const AGAIN_SHARE = 0.05
/** Longer than any drawing of so many takes. */
const FOREVER_MS = 3_600_000
/** How many attempts lie between the two at most. */
const AGAIN_WITHIN = 50

/** The load that every row gets: the same for the same seed, ascending in time. */
export function makePlan(seed: number, attempts: number, buyers: number): Planned[] {
  const random = seededRandom(seed)
  // One stream for times and one for people: a change of the one must not shift the other.
  const arrivals = drawRush(seededRandom(seed ^ 0x5bd1e995), attempts)
  const plan: Planned[] = []
  for (const atMs of arrivals) {
    const earlier = plan[plan.length - 1 - drawInteger(random, AGAIN_WITHIN)]
    const again = random() < AGAIN_SHARE ? earlier : undefined
    const fresh = { buyer: drawInteger(random, buyers), key: `story-${seed}-${plan.length}` }
    plan.push({ ...(again ?? fresh), atMs })
  }
  return plan
}

/** Two Poisson processes, one after the other: the opening, and those who come while it lasts. */
function* drawRush(random: Random, attempts: number): Generator<number> {
  const atOpening = Math.round(attempts * OPENING_SHARE)
  const rateOf = (count: number, ms: number) => (count * 1000) / ms
  let openedAt = 0
  for (const atMs of first(atOpening, drawArrivals(random, rateOf(atOpening, OPENING_MS), FOREVER_MS))) {
    openedAt = atMs
    yield atMs
  }
  const later = attempts - atOpening
  const rest = drawArrivals(random, rateOf(later, RUSH_MS - OPENING_MS), FOREVER_MS)
  for (const atMs of first(later, rest)) yield openedAt + atMs
}

function* first(count: number, arrivals: Iterable<number>): Generator<number> {
  let given = 0
  for (const arrival of arrivals) {
    if (given++ === count) return
    yield arrival
  }
}
