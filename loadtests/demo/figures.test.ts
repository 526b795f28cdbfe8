import assert from 'node:assert/strict'
import { test } from 'node:test'
import { takeFigures } from './figures.ts'
import type { AttemptEntry } from './journal.ts'

test('an order counts once, however often its buyer asked; the rest are repeats', () => {
  const figures = takeFigures([win('ann', 0), win('ann', 50), win('bob', 10)], { main: 9, brief: 9 })
  assert.equal(figures.orders, 2)
  assert.equal(figures.repeats, 1)
  assert.deepEqual(figures.soldOutAfterMs, {})
})

test('a sale is sold out with the first answers that take all its units', () => {
  const attempts = [win('ann', 100), win('bob', 120), win('ann', 130), win('cay', 300), win('dan', 900)]
  assert.deepEqual(takeFigures(attempts, { main: 3, brief: 1 }).soldOutAfterMs, { main: 200 + 5 })
})

test('refusals are counted by status and code, silence by its cause', () => {
  const attempts = [
    { ...win('ann', 0), status: 409, code: 'sold_out', tookMs: 1 },
    { ...win('bob', 0), status: 409, code: 'sold_out', tookMs: 3 },
    { ...win('cay', 0), status: 0, failure: 'abandoned' },
  ]
  const figures = takeFigures(attempts, { main: 1, brief: 1 })
  assert.deepEqual(figures.refused, { '409 sold_out': 2 })
  assert.deepEqual(figures.unanswered, { abandoned: 1 })
  assert.equal(figures.refusals.p99Ms, 3)
  assert.equal(figures.orders, 0)
})

function win(userId: string, sentAt: number): AttemptEntry {
  const sale = { sale: 'main', saleId: 's', quantity: 1 } as const
  const what = { entry: 'attempt', phase: 'rush', kind: 'plain' } as const
  return { ...what, ...sale, userId, key: userId, sentAt, tookMs: 5, status: 201 }
}
