import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '@stampede/contracts/claims'
import { until } from '@stampede/kit/testing/until'
import { type Harness, openHarness } from './harness.ts'
import { openPaying, type Paying } from './paying.ts'

const SWEEP_EVERY_MS = 100
/** More than one question to inventory holds. */
const MANY = 45

describe('late money of which inventory cannot tell', () => {
  let house: Harness
  let paying: Paying
  let asked: string[][]
  before(async () => {
    house = await openHarness({ env: { SWEEP_EVERY_MS: String(SWEEP_EVERY_MS) } })
    paying = openPaying(house)
    asked = house.inventory.revivals
  })
  beforeEach(() => void asked.splice(0))
  after(() => house.close())

  /** Money has come for expired orders of so many buyers. */
  async function late(howMany: number): Promise<Claim[]> {
    const payments = await Promise.all(
      Array.from({ length: howMany }, async () => {
        const claim = await paying.placed()
        const paymentId = await paying.asked(claim)
        await paying.makeOverdue(claim)
        await until(
          'expired',
          async () => (await house.read(claim.userId, claim.claimId)).state === 'expired',
        )
        return { claim, paymentId }
      }),
    )
    const facts = payments.map(({ claim, paymentId }) => paying.moneyOf(claim, paymentId))
    await house.tellPayment('payment.settled', ...facts)
    return payments.map(({ claim }) => claim)
  }

  const allAsked = (claims: readonly Claim[]) =>
    until('all asked about', () => {
      const seen = new Set(asked.flat())
      return Promise.resolve(claims.every(({ claimId }) => seen.has(claimId)))
    })

  async function endAll(claims: readonly Claim[]): Promise<void> {
    house.inventory.revive = () => true
    for (const claim of claims) await paying.becomes(claim, 'revived')
  }

  test('the one that can be told is reached among any number that cannot, and a new one too', async () => {
    house.inventory.revive = () => null
    const claims = await late(MANY)
    const [chosen, ...others] = claims.toReversed() as [Claim, ...Claim[]]
    await allAsked(claims)
    const undecided = new Set(others.map(({ claimId }) => claimId))
    house.inventory.revive = ({ claimId }) => (undecided.has(claimId) ? null : true)
    await paying.becomes(chosen, 'revived')
    const [fresh] = (await late(1)) as [Claim]
    await paying.becomes(fresh, 'revived')
    for (const { userId, claimId } of others) {
      assert.equal((await house.read(userId, claimId)).payment?.state, 'late')
    }
    await endAll(others)
  })

  test('it is asked about a few at a time, once in each round, until it is told', async () => {
    house.inventory.revive = () => null
    const claims = await late(MANY)
    await allAsked(claims)
    asked.splice(0)
    const startedAt = performance.now()
    await sleep(10 * SWEEP_EVERY_MS)
    const roundsMax = (performance.now() - startedAt) / SWEEP_EVERY_MS + 2
    assert.ok(asked.length > 1 && asked.length <= roundsMax, `asked ${asked.length} times`)
    assert.ok(asked.every((some) => some.length <= 20))
    await endAll(claims)
  })

  test('in one question some are paid, some given back, and the rest left', async () => {
    house.inventory.revive = () => null
    const claims = await late(3)
    await allAsked(claims)
    const [paid, returned, left] = claims as [Claim, Claim, Claim]
    const answers = new Map([
      [paid.claimId, true],
      [returned.claimId, false],
    ])
    house.inventory.revive = ({ claimId }) => answers.get(claimId) ?? null
    await paying.becomes(paid, 'revived')
    await paying.becomes(returned, 'payment-returned')
    assert.equal((await house.read(left.userId, left.claimId)).payment?.state, 'late')
    await endAll([left])
  })
})
