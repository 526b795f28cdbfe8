import assert from 'node:assert/strict'
import type { Claim } from '@stampede/contracts/claims'
import { transaction } from '@stampede/kit/postgres'
import { until } from '@stampede/kit/testing/until'
import { expireRows } from '../src/adapters/changes-postgres.ts'
import { type Harness, newClaim } from './harness.ts'

/** What an order of the harness costs. */
export const TOTAL = 1999

export type Paying = ReturnType<typeof openPaying>

/** Orders that are placed, paid, or overdue, for tests of money. */
export function openPaying(house: Harness) {
  async function placed(): Promise<Claim> {
    const claim = newClaim()
    await house.place([claim])
    return claim
  }
  async function asked(claim: Claim): Promise<string> {
    const { status, body } = await house.pay(claim)
    assert.equal(status, 202)
    return body.paymentId
  }
  const moneyOf = ({ userId, claimId }: Claim, paymentId: string) => ({
    paymentId,
    orderId: claimId,
    userId,
    amountCents: TOTAL,
    currency: 'EUR',
  })
  const settle = (claim: Claim, paymentId: string) =>
    house.tellPayment('payment.settled', moneyOf(claim, paymentId))
  const becomes = (claim: Claim, cause: string) =>
    until(`the step ${cause}`, async () => {
      const order = await house.read(claim.userId, claim.claimId)
      return order.history.at(-1)?.cause === cause && order
    })
  const historyOf = async ({ userId, claimId }: Claim) =>
    (await house.read(userId, claimId)).history.map(({ state, cause }) => `${state} ${cause}`)
  const makeOverdue = (claim: Claim) =>
    house.sql.query(
      `update orders set expires_at = now() - interval '1 second',
         paying_until = case when paying is not null then now() - interval '1 second' end
       where order_id = $1`,
      [claim.claimId],
    )
  const expire = () => transaction(house.sql, (tx) => expireRows(tx, 100))
  async function expired(claim: Claim): Promise<void> {
    await makeOverdue(claim)
    await expire()
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'expired')
  }
  const toldOf = async (topic: Parameters<Harness['told']>[0], claim: Claim) =>
    (await house.told(topic)).filter(({ subject }) => subject === claim.claimId)
  const refundsOf = async (claim: Claim) =>
    (await toldOf('refund.requested', claim)).map(({ data }) => data as { refundId: string; cause: string })

  return {
    placed,
    asked,
    moneyOf,
    settle,
    becomes,
    historyOf,
    makeOverdue,
    expire,
    expired,
    toldOf,
    refundsOf,
  }
}
