import type { Peer } from '@stampede/kit/peer'
import type { LatePayment } from '../domain/payment.ts'

/** Less than Postgres lets the transaction idle that waits for the answer. */
const BUDGET_MS = 2_000

/**
 * Asks inventory to hold the units of expired orders again. One answer for each, in order; rejects when there
 * is no telling.
 */
export function reviveOver(inventory: Peer) {
  return async (expired: readonly LatePayment[]): Promise<readonly boolean[]> => {
    const claims = expired.map(({ orderId, saleId, userId, quantity, version }) => ({
      claimId: orderId,
      saleId,
      userId,
      quantity,
      version,
    }))
    const answer = await inventory.ask<{ held: readonly boolean[] }>({
      method: 'POST',
      path: '/internal/claims/revive',
      body: { claims },
      budgetMs: BUDGET_MS,
    })
    if (!answer.ok) throw new Error(`inventory gives no answer: ${answer.why}`)
    const held = answer.status === 200 ? answer.body.held : []
    if (held.length !== claims.length) throw new Error(`inventory answers ${answer.status}`)
    return held
  }
}
