import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePlan } from './plan.ts'
import type { Step } from './step.ts'

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
