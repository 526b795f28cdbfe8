import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deriveOrderId, newId } from '@stampede/contracts/ids'
import type { Told } from './journal.ts'
import { judge, type Ledger } from './judge.ts'

const SALE = newId()
const idOf = (who: string) => deriveOrderId(who, SALE, 'key')
const told = (userId: string, status: number, orderId?: string): Told => ({
  ...{ userId, key: 'key', status, tookMs: 1 },
  ...(orderId && { orderId }),
})
const won = (who: string) => told(who, 201, idOf(who))
const ledger = (units: number, who: readonly string[], withOrder = who): Ledger => ({
  units,
  reservations: who.map((each, at) => ({ claimId: idOf(each), quantity: 1, at })),
  orderIds: withOrder.map(idOf),
})

test('three promised of two is one too many', () => {
  const counts = judge(SALE, ledger(2, ['a', 'b', 'c']), ['a', 'b', 'c'].map(won))
  assert.deepEqual([counts.sold, counts.oversold, counts.undersold, counts.lost], [3, 1, 0, 0])
})

test('units left over count as undersold, but no more than buyers went without', () => {
  assert.equal(judge(SALE, ledger(5, ['a']), [won('a'), told('b', 409), told('c', 503)]).undersold, 2)
  assert.equal(judge(SALE, ledger(2, ['a']), [won('a'), told('b', 0), told('c', 503)]).undersold, 1)
  assert.equal(judge(SALE, ledger(5, ['a']), [won('a')]).undersold, 0)
})

test('a 201 without its order is lost, once for each order', () => {
  assert.equal(judge(SALE, ledger(2, ['a', 'b'], ['a']), [won('a'), won('b'), won('b')]).lost, 1)
})

test('a queued attempt is accepted when its order is there, and lost never', () => {
  const counts = judge(SALE, ledger(2, ['a']), [told('a', 202), told('b', 202)])
  assert.deepEqual([counts.queued, counts.sold, counts.lost, counts.undersold], [2, 1, 0, 1])
})

test('one key with two orders is a duplicate, however it shows', () => {
  const other = newId()
  assert.equal(judge(SALE, ledger(2, ['a']), [won('a'), won('a')]).duplicates, 0)
  const twice = { ...ledger(2, ['a']), orderIds: [idOf('a'), other] }
  assert.equal(judge(SALE, twice, [won('a'), told('a', 201, other)]).duplicates, 1)
  assert.equal(judge(SALE, ledger(2, ['a'], ['a', 'a']), [won('a')]).duplicates, 1)
  assert.equal(judge(SALE, ledger(2, ['a']), [won('a'), told('a', 201, other)]).duplicates, 1)
})

test('a unit held without an order is stranded', () => {
  assert.equal(judge(SALE, ledger(2, ['a', 'b'], ['a']), [won('a'), told('b', 504)]).stranded, 1)
})
