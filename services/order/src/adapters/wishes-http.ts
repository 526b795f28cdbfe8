import type { Wish } from '@stampede/contracts/claims'
import type { Peer } from '@stampede/kit/peer'

const BUDGET_MS = 1_000

/** Asks inventory whether a buyer's claim waits in its queue, or ended there. Never rejects. */
export function wishOver(inventory: Peer) {
  return async (userId: string, claimId: string): Promise<Wish | undefined | 'unavailable'> => {
    const path = `/internal/claims/${claimId}?userId=${userId}`
    const answer = await inventory.ask<Wish>({ method: 'GET', path, budgetMs: BUDGET_MS })
    if (!answer.ok) return 'unavailable'
    return answer.status === 200 ? answer.body : undefined
  }
}
