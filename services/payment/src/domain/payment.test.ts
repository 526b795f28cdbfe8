import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Charge } from '@stampede/contracts/provider'
import fc from 'fast-check'
import { decline, follow, type Standing, type Step } from './payment.ts'

const ASKED = { amountCents: 1999, currency: 'EUR' }
const CHARGE = { chargeId: 'c', reference: 'p', refundedCents: 0, currency: 'EUR' }
const processing: Charge = { ...CHARGE, state: 'processing', amountCents: 0 }
const failed: Charge = { ...CHARGE, state: 'failed', amountCents: 0 }
const succeeded: Charge = { ...CHARGE, state: 'succeeded', amountCents: 1999 }
const WRONG: readonly Charge[] = [
  { ...succeeded, amountCents: 2000 },
  { ...succeeded, amountCents: 1 },
  { ...succeeded, amountCents: 0 },
  { ...succeeded, currency: 'USD' },
]
/** All that can be heard; a refusal is the provider's, too. */
type Word = Charge | 'refused'

/** A payment and what was told of it while it heard these words. */
function hear(words: readonly Word[]) {
  let payment: Standing = { ...ASKED, state: 'requested', reason: null }
  const path: Standing['state'][] = [payment.state]
  const [told, givenBack]: [string[], number[]] = [[], []]
  for (const word of words) {
    const step: Step | undefined = word === 'refused' ? decline(payment) : follow(payment, word)
    if (!step) continue
    if (step.to === 'settled' || (step.to === 'failed' && payment.state !== 'failed')) told.push(step.to)
    if ('giveBack' in step) givenBack.push(step.giveBack.amountCents)
    payment = { ...payment, state: step.to, reason: step.to === 'failed' ? step.reason : null }
    path.push(payment.state)
  }
  return { payment, path, told, givenBack }
}

const anyWord = fc.constantFrom<Word>(processing, failed, succeeded, ...WRONG, 'refused')

test('whatever is heard in whatever order, each end is told at most once', () => {
  fc.assert(
    fc.property(fc.array(anyWord, { maxLength: 12 }), (words) => {
      const { told, givenBack } = hear(words)
      assert.ok(told.filter((what) => what === 'settled').length <= 1)
      assert.ok(told.filter((what) => what === 'failed').length <= 1)
      assert.ok(givenBack.length <= 1)
    }),
    { numRuns: 5_000 },
  )
})

test('settled is final, and money that goes back never settles anything', () => {
  fc.assert(
    fc.property(fc.array(anyWord, { maxLength: 12 }), (words) => {
      const { path, givenBack, payment } = hear(words)
      const settledAt = path.indexOf('settled')
      if (settledAt >= 0) assert.equal(settledAt, path.length - 1)
      assert.equal(givenBack.length === 1, payment.reason === 'wrong-amount')
      if (givenBack.length === 1) assert.equal(payment.state, 'failed')
      // no way back to the beginning
      assert.equal(path.indexOf('requested', 1), -1)
      if (path.includes('processing')) assert.equal(path.indexOf('processing'), 1)
    }),
    { numRuns: 5_000 },
  )
})

test('an honest charge comes to its end whatever the order, and however often each word is heard', () => {
  const ends: [Charge, Standing['state'], Standing['reason']][] = [
    [succeeded, 'settled', null],
    [failed, 'failed', 'declined'],
    ...WRONG.map((wrong): [Charge, 'failed', 'wrong-amount'] => [wrong, 'failed', 'wrong-amount']),
  ]
  const shuffled = fc
    .tuple(fc.nat(3), fc.integer({ min: 1, max: 4 }), fc.constantFrom(...ends))
    .chain(([starts, times, end]) => {
      const words = [...Array<Charge>(starts).fill(processing), ...Array<Charge>(times).fill(end[0])]
      return fc.record({
        words: fc.shuffledSubarray(words, { minLength: words.length }),
        end: fc.constant(end),
      })
    })
  fc.assert(
    fc.property(shuffled, ({ words, end: [, state, reason] }) => {
      const { payment, told } = hear(words)
      assert.deepEqual([payment.state, payment.reason], [state, reason])
      assert.deepEqual(told, [state])
    }),
    { numRuns: 5_000 },
  )
})

test('money taken is believed over a failure told before, and not undone by one told after', () => {
  assert.deepEqual(hear([failed, succeeded]).told, ['failed', 'settled'])
  assert.deepEqual(hear([succeeded, failed, 'refused']).told, ['settled'])
  assert.deepEqual(hear([failed, ...WRONG]).givenBack, [2000])
  assert.deepEqual(hear(['refused', succeeded]).path, ['requested', 'failed', 'settled'])
})

test('another amount or currency fails the payment and gives all of it back', () => {
  for (const wrong of WRONG) {
    const { payment, givenBack, told } = hear([processing, wrong, succeeded])
    assert.deepEqual([payment.state, payment.reason, told], ['failed', 'wrong-amount', ['failed']])
    assert.deepEqual(givenBack, [wrong.amountCents])
  }
})
