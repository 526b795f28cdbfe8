import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OUTCOMES, type Outcome } from '@stampede/contracts/payments'
import { makePlan } from './plan.ts'
import { BRIEF_WINDOW_SECONDS, PAYING_HOLD_SECONDS, type Paying, type Step } from './step.ts'

const OPTIONS = { attempts: 24_000, buyers: 5000, seed: 7 }
const plan = makePlan(OPTIONS)
const all = [...plan.rush, ...plan.later]
const ofKind = (kind: Step['kind']) => all.filter((step) => step.kind === kind)

test('a plan has exactly the attempts asked for, whatever their number', () => {
  for (const attempts of [500, 501, 999, 24_000]) {
    const { rush, later } = makePlan({ ...OPTIONS, attempts })
    assert.equal(rush.length + later.length, attempts)
  }
})

test('the same seed makes the same plan, another seed another one', () => {
  assert.deepEqual(makePlan(OPTIONS), plan)
  assert.notDeepEqual(makePlan({ ...OPTIONS, seed: 8 }).rush.slice(0, 20), plan.rush.slice(0, 20))
})

test('every kind of attempt is in it, also soon after the opening', () => {
  const opening = new Set(plan.rush.slice(0, 3000).map(({ kind }) => kind))
  for (const kind of new Set(all.map((step) => step.kind))) {
    assert.ok(ofKind(kind).length >= 200, kind)
    if (kind !== 'later-buyer') assert.ok(opening.has(kind), kind)
  }
})

test('three in five winners would pay, in the shares of the base load, and some of them cancel or refund', () => {
  const payments = all.flatMap(({ paying }) => paying ?? [])
  assertShare(payments, all, 0.6)
  const slowMs = PAYING_HOLD_SECONDS * 1000 + 1000
  const wayOf = ({ outcome, delayMs }: Paying) => (delayMs === slowMs ? 'late' : outcome)
  const ended = (...outcomes: Outcome[]) => payments.filter((each) => outcomes.includes(wayOf(each)))
  assertShare(ended('succeed', 'duplicate', 'out-of-order', 'wrong-amount'), payments, 0.7)
  for (const outcome of ['fail', 'late', 'never'] as const) assertShare(ended(outcome), payments, 0.1)
  for (const outcome of OUTCOMES) assert.ok(ended(outcome).length > 100, outcome)
  assertShare(
    payments.filter(({ refundAfterMs }) => refundAfterMs !== undefined),
    payments,
    0.15,
  )
  const plain = ofKind('plain').filter(({ paying }) => paying)
  assertShare(
    plain.filter(({ cancelAfterMs }) => cancelAfterMs !== undefined),
    plain,
    0.1,
  )
})

test('in the brief sale payments meet the end of the window and of the wait for them', () => {
  const windowMs = BRIEF_WINDOW_SECONDS * 1000
  const brief = all.flatMap(({ sale, paying }) => (sale === 'brief' && paying ? [paying] : []))
  const atWindow = brief.filter(({ afterMs }) => Math.abs(afterMs - windowMs) < 300)
  const atHold = brief.filter(({ delayMs = 0 }) => Math.abs(delayMs - PAYING_HOLD_SECONDS * 1000) < 300)
  assert.ok(atWindow.length > brief.length / 4, `${atWindow.length}`)
  assert.ok(atHold.length > brief.length / 5, `${atHold.length}`)
  for (const { outcome, afterMs } of brief) {
    if (outcome === 'late') assert.ok(afterMs + PAYING_HOLD_SECONDS * 1000 > windowMs && afterMs < windowMs)
  }
})

test('only repeats share a key, and then buyer and sale too', () => {
  const REPEATED = ['same-key-at-once', 'same-key-later', 'after-time-out', 'other-quantity']
  for (const steps of Map.groupBy(all, ({ key }) => key).values()) {
    const [first] = steps as [Step]
    if (steps.length > 1) assert.ok(REPEATED.includes(first.kind), first.kind)
    for (const { buyer, sale, kind } of steps) {
      assert.deepEqual({ buyer, sale, kind }, { buyer: first.buyer, sale: first.sale, kind: first.kind })
    }
  }
})

test('later buyers took no part in the rush', () => {
  const early = new Set(plan.rush.map(({ buyer }) => buyer))
  assert.ok(plan.later.every(({ buyer }) => !early.has(buyer) && buyer < OPTIONS.buyers))
})

function assertShare(some: readonly unknown[], of: readonly unknown[], expected: number): void {
  const share = some.length / of.length
  assert.ok(Math.abs(share - expected) < 0.02, `${share} instead of ${expected}`)
}
