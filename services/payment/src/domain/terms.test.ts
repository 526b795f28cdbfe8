import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OUTCOMES } from '@stampede/contracts/payments'
import { DELAY_MS_MAX } from '@stampede/contracts/provider'
import { readOutcome, toNewCharge } from './terms.ts'

const MONEY = { amountCents: 1999, currency: 'EUR' }
const WISH = { paymentId: 'p', ...MONEY, holdForMs: 30_000, delayMs: 7 }

test('the provider is asked for the payment by its id, with its outcome and delay', () => {
  for (const outcome of OUTCOMES.filter((each) => each !== 'late')) {
    const charge = { reference: 'p', ...MONEY, outcome, delayMs: 7 }
    assert.deepEqual(toNewCharge({ ...WISH, outcome }), charge)
  }
})

test('a late charge succeeds a second after its order stopped waiting, within limits', () => {
  const delayAt = (holdForMs: number) => {
    const charge = toNewCharge({ ...WISH, outcome: 'late', holdForMs })
    assert.equal(charge?.outcome, 'succeed')
    return charge.delayMs
  }
  assert.equal(delayAt(30_000), 31_000)
  assert.equal(delayAt(-500), 500)
  assert.equal(delayAt(-30_000), 0)
  assert.equal(delayAt(2 * DELAY_MS_MAX), DELAY_MS_MAX)
})

test('nothing is taken for a word nobody knows', () => {
  for (const word of ['', 'Succeed', 'toString', 'unknown', '\0', 'succeed ']) {
    assert.equal(toNewCharge({ ...WISH, outcome: readOutcome(word) }), undefined, word)
  }
  for (const outcome of OUTCOMES) assert.equal(readOutcome(outcome), outcome)
})
