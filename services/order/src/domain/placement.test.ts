import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim, Reservation, Verdict } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import fc from 'fast-check'
import { toPlacement, withoutRepeats, wonOf } from './placement.ts'

const ids = Array.from({ length: 5 }, newId)
const claims = fc.array(
  fc.record({ place: fc.nat({ max: 4 }), quantity: fc.integer({ min: 1, max: 2 }) }).map(toClaim),
  { maxLength: 20 },
)

function toClaim({ place, quantity }: { place: number; quantity: number }): Claim {
  const claimId = ids[place] as string
  return {
    claimId,
    saleId: ids[0] as string,
    userId: claimId,
    quantity,
    keyPrint: 0,
    traceId: 'a'.repeat(32),
  }
}

function toReservation(claim: Claim): Reservation {
  const { keyPrint: _keyPrint, ...rest } = claim
  const [reservedAt, expiresAt] = ['2026-11-21T10:00:00.000Z', '2026-11-21T10:15:00.000Z']
  return { ...rest, unitPriceCents: 250, currency: 'EUR', reservedAt, expiresAt }
}

test('each wish is asked about once, and everybody who asked the same gets the same answer', () => {
  fc.assert(
    fc.property(claims, (given) => {
      const question = withoutRepeats(given)
      const wish = ({ claimId, quantity }: Claim) => `${claimId} ${quantity}`
      assert.deepEqual(question.claims.map(wish), [...new Set(given.map(wish))])
      const verdicts: Verdict[] = question.claims.map((claim) => ({ won: toReservation(claim) }))
      const expected = given.map((claim) => ({ won: toReservation(claim) }))
      assert.deepEqual(question.spread(verdicts), expected)
    }),
  )
})

test('a key that came with two quantities is asked about with both: whose it is, inventory knows', () => {
  const [first, other] = [toClaim({ place: 1, quantity: 1 }), toClaim({ place: 1, quantity: 2 })]
  const verdicts = [{ refused: 'key-reused' }, { won: toReservation(other) }] as const
  assert.deepEqual(withoutRepeats([first, other]).spread(verdicts), verdicts)
})

const claim = toClaim({ place: 2, quantity: 2 })
const won = toReservation(claim)

test('a winner is told what the reservation says, in money of the sale', () => {
  assert.deepEqual(toPlacement(claim, { won }, undefined), {
    placed: {
      orderId: claim.claimId,
      state: 'pending',
      totalCents: 500,
      currency: 'EUR',
      expiresAt: won.expiresAt,
      traceId: won.traceId,
    },
  })
})

test('who is queued is told so, and nothing is written', () => {
  const queued = { orderId: claim.claimId, state: 'queued' } as const
  assert.deepEqual(toPlacement(claim, { queued: true }, undefined), { queued })
  assert.deepEqual(wonOf([{ queued: true }]), [])
})

test('a winner whose order is not known to be written is told so, not placed', () => {
  assert.deepEqual(toPlacement(claim, { won }, 'busy'), { refused: 'busy' })
})

test('an earlier winner with another quantity is a used key', () => {
  assert.deepEqual(toPlacement({ ...claim, quantity: 1 }, { won }, undefined), { refused: 'key-reused' })
})

test('a refusal stays what it is, and only winners are written', () => {
  assert.deepEqual(toPlacement(claim, { refused: 'limit' }, 'busy'), { refused: 'limit' })
  assert.deepEqual(wonOf([{ refused: 'limit' }, { won }, { refused: 'sold-out' }]), [won])
})
