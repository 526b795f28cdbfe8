import type { Claim, Refusal, Verdict } from '@stampede/contracts/claims'
import type { Peer } from '@stampede/kit/peer'

const UNHEARD = { unavailable: 'busy', deadline: 'late' } as const satisfies Record<string, Refusal>

/**
 * Asks inventory for a batch. One verdict per claim, in order; when inventory says nothing, the same refusal
 * for all. Rejects when the answer makes no sense.
 */
export function claimOver(inventory: Peer) {
  return async (claims: readonly Claim[], budgetMs: number): Promise<readonly Verdict[]> => {
    const body = { budgetMs: Math.max(1, Math.floor(budgetMs)), claims }
    const answer = await inventory.ask<{ results: readonly Verdict[] }>({
      method: 'POST',
      path: '/internal/claims',
      body,
      budgetMs,
    })
    if (!answer.ok) return claims.map(() => ({ refused: UNHEARD[answer.why] }))
    const results = answer.status === 200 ? answer.body.results : []
    if (results.length === claims.length) return results
    throw new Error(
      `inventory answers ${answer.status} with ${results.length} verdicts on ${claims.length} claims`,
    )
  }
}
