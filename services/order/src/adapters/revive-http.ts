import type { Peer } from '@stampede/kit/peer'
import type { LatePayment } from '../domain/payment.ts'

/** For inventory to decide in; what it has not decided by then it leaves open. */
const BUDGET_MS = 2_000
/** Some more for the way. Less than Postgres lets the transaction idle that waits for the answer. */
const WAIT_MS = 3_000

/**
 * Asks inventory to hold the units of expired orders again. One answer for each, in order, null for those it
 * cannot tell of now; rejects when there is no answer.
 */
export function reviveOver(inventory: Peer) {
  return async (expired: readonly LatePayment[]): Promise<readonly (boolean | null)[]> => {
    const claims = expired.map(({ orderId, saleId, userId, quantity, version }) => ({
      claimId: orderId,
      saleId,
      userId,
      quantity,
      version,
    }))
    const answer = await inventory.ask<{ held: readonly (boolean | null)[] }>({
      method: 'POST',
      path: '/internal/claims/revive',
      body: { budgetMs: BUDGET_MS, claims },
      budgetMs: WAIT_MS,
    })
    if (!answer.ok) throw new Error(`inventory gives no answer: ${answer.why}`)
    const held = answer.status === 200 ? answer.body.held : []
    if (held.length !== claims.length) throw new Error(`inventory answers ${answer.status}`)
    return held
  }
}
