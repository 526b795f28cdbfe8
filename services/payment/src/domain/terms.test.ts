import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OUTCOMES } from '@stampede/contracts/payments'
import { DELAY_MS_MAX } from '@stampede/contracts/provider'
import { readOutcome, toNewCharge } from './terms.ts'

const NOW = Date.parse('2026-11-27T18:00:00.000Z')
const MONEY = { amountCents: 1999, currency: 'EUR' }
const WISH = { paymentId: 'p', ...MONEY, holdUntil: new Date(NOW + 30_000), delayMs: 7 }

test('the provider is asked for the payment by its id, with its outcome and delay', () => {
  for (const outcome of OUTCOMES.filter((each) => each !== 'late')) {
    const charge = { reference: 'p', ...MONEY, outcome, delayMs: 7 }
    assert.deepEqual(toNewCharge({ ...WISH, outcome }, NOW), charge)
  }
})

test('a late charge succeeds a second after its order stopped waiting, never in the past or too far off', () => {
  const delayAt = (now: number) => {
    const charge = toNewCharge({ ...WISH, outcome: 'late' }, now)
    assert.equal(charge?.outcome, 'succeed')
    return charge.delayMs
  }
  assert.equal(delayAt(NOW), 31_000)
  assert.equal(delayAt(NOW + 30_500), 500)
  assert.equal(delayAt(NOW + 60_000), 0)
  assert.equal(delayAt(NOW - 2 * DELAY_MS_MAX), DELAY_MS_MAX)
})

test('nothing is taken for a word nobody knows', () => {
  for (const word of ['', 'Succeed', 'toString', 'unknown', '\0', 'succeed ']) {
    assert.equal(toNewCharge({ ...WISH, outcome: readOutcome(word) }, NOW), undefined, word)
  }
  for (const outcome of OUTCOMES) assert.equal(readOutcome(outcome), outcome)
})
