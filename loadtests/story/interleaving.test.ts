import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findInterleaving } from './interleaving.ts'
import type { Sight } from './witness.ts'

const see = (claimId: string, sight: Pick<Sight, 'at' | 'what' | 'stock'>): Sight => ({
  ...{ claimId, who: `worker ${claimId}` },
  ...sight,
})
const take = (claimId: string, stock: number, [readAt, wroteAt]: [number, number]) => [
  see(claimId, { at: readAt, what: 'read', stock }),
  see(claimId, { at: wroteAt, what: 'write', stock: stock - 1 }),
]

test('claims that read the same stock before any of them wrote are found, in the order of their reads', () => {
  const found = findInterleaving([
    ...take('b', 1, [2, 5]),
    ...take('a', 1, [1, 4]),
    ...take('c', 2, [0, 0.5]),
  ])
  assert.equal(found?.stock, 1)
  assert.deepEqual(
    found.lanes.map(({ claimId, who }) => [claimId, who]),
    [
      ['a', 'worker a'],
      ['b', 'worker b'],
    ],
  )
  assert.deepEqual(
    found.lanes.map(({ sights }) => sights.map(({ what }) => what)),
    [
      ['read', 'write'],
      ['read', 'write'],
    ],
  )
})

test('one after the other is no interleaving, even when the stock comes back', () => {
  assert.equal(findInterleaving([...take('a', 2, [1, 2]), ...take('b', 1, [3, 4])]), undefined)
  assert.equal(findInterleaving([...take('a', 1, [1, 2]), ...take('b', 1, [3, 4])]), undefined)
})

test('who read and was sent away took nothing', () => {
  assert.equal(
    findInterleaving([...take('a', 1, [1, 4]), see('b', { at: 2, what: 'read', stock: 1 })]),
    undefined,
  )
  assert.equal(findInterleaving([]), undefined)
})

test('nearest to the last unit wins over a larger group', () => {
  const many = ['x', 'y', 'z'].flatMap((claimId) => take(claimId, 9, [1, 5]))
  assert.equal(findInterleaving([...many, ...take('a', 1, [6, 9]), ...take('b', 1, [7, 9])])?.stock, 1)
})

test('five claims on one unit are shown as four lanes', () => {
  const found = findInterleaving(['a', 'b', 'c', 'd', 'e'].flatMap((claimId) => take(claimId, 1, [1, 5])))
  assert.equal(found?.lanes.length, 4)
})
