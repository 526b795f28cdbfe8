import type { Refusal } from '@stampede/contracts/claims'
import type { Log } from '@stampede/kit/log'
import type { Gate } from '../adapters/gate-redis.ts'
import type { Entry } from '../adapters/ledger-postgres.ts'
import type { Sales } from '../adapters/sales-prisma.ts'
import { type SegmentClaim, shelfOf } from '../domain/segment.ts'
import type { Rebuild } from './rebuild.ts'

/** A claim that took units and goes on to the ledger, or why it ends here. */
export type Taking = Entry | { readonly refused: Refusal }

interface Deps {
  readonly gate: Gate
  readonly sales: Sales
  readonly rebuild: Rebuild
  readonly log: Log
}

/**
 * A sale nobody knows is looked up once in this time, however often it is claimed; so many are remembered.
 */
const UNKNOWN_MS = 1_000
const UNKNOWN_MAX = 1_000

/**
 * Makes the function that takes a batch through the gate,
 * one script call for each sale. One result per claim.
 */
export function openGatekeeper({ gate, sales, rebuild, log }: Deps) {
  const unknown = new Map<string, number>()

  async function takeFrom(saleId: string, claims: readonly SegmentClaim[]): Promise<Taking[]> {
    const answer = await gate.take(saleId, claims).catch((error: Error) => {
      log.warn({ err: error, saleId }, 'gate did not answer')
      return 'away' as const
    })
    if (answer === 'away') return claims.map(() => ({ refused: 'gate-closed' }))
    if (!answer) {
      const refused = await whyMissing(saleId)
      return claims.map(() => ({ refused }))
    }
    const { epoch, taken } = answer
    return taken.map((each, i) =>
      'stamp' in each ? { claim: claims[i] as SegmentClaim, epoch, stamp: each.stamp } : each,
    )
  }

  /** No view: either nobody knows this sale, or the gate lost it and must be rebuilt. */
  async function whyMissing(saleId: string): Promise<Refusal> {
    const now = performance.now()
    if ((unknown.get(saleId) ?? 0) > now) return 'unknown-sale'
    const sale = await sales.row(saleId).catch(() => 'away' as const)
    if (sale === 'away' || sale?.stage === 'hybrid') {
      if (sale !== 'away') void rebuild(saleId, 'view missing')
      return 'gate-closed'
    }
    if (unknown.size >= UNKNOWN_MAX) unknown.clear()
    unknown.set(saleId, now + UNKNOWN_MS)
    return 'unknown-sale'
  }

  return async (claims: readonly SegmentClaim[]): Promise<Taking[]> => {
    const results = new Map<SegmentClaim, Taking>()
    const bySale = Map.groupBy(claims, shelfOf)
    await Promise.all(
      Array.from(bySale, async ([saleId, group]) => {
        const takings = await takeFrom(saleId, group)
        for (const [i, claim] of group.entries()) results.set(claim, takings[i] as Taking)
      }),
    )
    return claims.map((claim) => results.get(claim) as Taking)
  }
}
