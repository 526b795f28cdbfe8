import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makePlan, RUSH_MS } from './plan.ts'

test('the same seed makes the same load, another seed another one', () => {
  assert.deepEqual(makePlan(7, 500, 50), makePlan(7, 500, 50))
  assert.notDeepEqual(makePlan(8, 500, 50), makePlan(7, 500, 50))
})

test('as many attempts as asked for come within about the rush, in the order of their times', () => {
  const plan = makePlan(3, 2000, 100)
  assert.equal(plan.length, 2000)
  const times = plan.map(({ atMs }) => atMs)
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  )
  assert.ok((times.at(-1) ?? 0) > RUSH_MS * 0.85 && (times.at(-1) ?? 0) < RUSH_MS * 1.15)
})

test('three fifths of them come at the opening', () => {
  const early = makePlan(5, 2000, 100).filter(({ atMs }) => atMs < 50).length
  assert.ok(early > 1100 && early < 1300, `${early}`)
})

test('some buyers ask again with the key they had', () => {
  const plan = makePlan(1, 2000, 100)
  const again = plan.length - new Set(plan.map(({ key }) => key)).size
  assert.ok(again > 40 && again < 180, `${again}`)
  const buyerOf = new Map<string, number>()
  for (const { key, buyer } of plan) assert.equal(buyerOf.get(key) ?? buyer, buyer) ?? buyerOf.set(key, buyer)
})
