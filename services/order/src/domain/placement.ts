import type { Claim, Refusal, Reservation, Verdict } from '@stampede/contracts/claims'
import type { PlacedOrder, Placement } from '@stampede/contracts/orders'

/** What is worth asking about, and the way back from its verdicts to all who asked. */
export interface Question {
  readonly claims: readonly Claim[]
  /** Takes one verdict for each of `claims`, gives one for each claim of the original list. */
  readonly spread: (verdicts: readonly Verdict[]) => readonly Verdict[]
}

const KEY_REUSED = { refused: 'key-reused' } as const

/**
 * Asks once for claims that share an id and a quantity: they are one wish, sent several times. Which quantity
 * a key belongs to, if it came with several, is not for us to say: another batch may have asked first.
 */
export function withoutRepeats(claims: readonly Claim[]): Question {
  const places = new Map<string, number>()
  const asked: Claim[] = []
  const placeOf = claims.map((claim) => {
    const wish = `${claim.claimId} ${claim.quantity}`
    const place = places.get(wish) ?? asked.push(claim) - 1
    places.set(wish, place)
    return place
  })
  return { claims: asked, spread: (verdicts) => placeOf.map((place) => verdicts[place] as Verdict) }
}

/** The reservations that a set of verdicts speaks of. */
export function wonOf(verdicts: readonly Verdict[]): readonly Reservation[] {
  return verdicts.flatMap((verdict) => ('won' in verdict ? [verdict.won] : []))
}

/** What the buyer is told. `unwritten` says why the rows of the won are not known to be there, if so. */
export function toPlacement(claim: Claim, verdict: Verdict, unwritten: Refusal | undefined): Placement {
  if ('refused' in verdict) return verdict
  if ('queued' in verdict) return { queued: { orderId: claim.claimId, state: 'queued' } }
  if (verdict.won.quantity !== claim.quantity) return KEY_REUSED
  return unwritten ? { refused: unwritten } : { placed: toPlacedOrder(verdict.won) }
}

/**
 * Made of the first reservation alone, so that a repeat is answered byte for byte without reading anything.
 */
function toPlacedOrder(won: Reservation): PlacedOrder {
  return {
    orderId: won.claimId,
    state: 'pending',
    totalCents: won.quantity * won.unitPriceCents,
    currency: won.currency,
    expiresAt: won.expiresAt,
    traceId: won.traceId,
  }
}
