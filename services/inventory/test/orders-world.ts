import type { Claim, Revival } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import type { EventOf } from '@stampede/kit/events/envelope'
import { type Pool, transaction } from '@stampede/kit/postgres'
import { sell } from '../src/adapters/ledger-postgres.ts'
import { followOrders, type OrderTopic } from '../src/consumers/order-changed.ts'
import type { Stage } from '../src/stages/stage.ts'

/** What is told of the order of a claim. */
export function eventOf(type: OrderTopic, claim: Claim, version: number): EventOf<OrderTopic> {
  const { claimId, saleId, userId, quantity } = claim
  const order = { orderId: claimId, saleId, userId, quantity, version }
  const money = { paymentId: newId(), totalCents: 1_999, currency: 'EUR' }
  return {
    specversion: '1.0',
    id: `${claimId}.${type}.${version}`,
    source: 'urn:stampede:order',
    type,
    time: new Date().toISOString(),
    subject: claimId,
    datacontenttype: 'application/json',
    data: { ...order, ...money },
  }
}

/** Brings events to a stage as the consumer does: one transaction, then what follows its commit. */
export function openTelling(pool: Pool, stage: Stage) {
  const follow = followOrders({ stages: stage, sell })
  return async (...events: readonly EventOf<OrderTopic>[]): Promise<void> => {
    const after = await transaction(pool, (tx) => follow(tx, events))
    await after?.()
  }
}

export function revivalOf({ claimId, saleId, userId, quantity }: Claim, version: number): Revival {
  return { claimId, saleId, userId, quantity, version }
}

/** State and version of a claim's reservation. */
export async function rowOf(pool: Pool, { claimId }: Claim): Promise<{ state: string; version: number }> {
  const { rows } = await pool.query('SELECT state, version FROM reservation WHERE claim_id = $1', [claimId])
  return rows[0]
}
