import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Played } from '../player.ts'
import { type Broken, brokenNearTheShelf, brokenOnTheNews, listBroken, poisonToBeHeard } from './broken.ts'

const T = 1_000_000

function broken(given: Partial<Broken>): Broken {
  const times = { from: T, mendedAt: T + 4_000, to: T + 5_000 }
  return { ...times, kind: 'poison', touched: ['kafka'], isWhole: true, ...given }
}

test('a fault lasts until all has recovered, and one that did not begin is none', () => {
  const fault = { kind: 'kill', target: 'order', atMs: 0, forMs: 0, seed: 1 }
  const played: Played[] = [
    { fault, beganAt: T, mendedAt: T + 1, recoveredAt: T + 9, alone: true },
    { fault, beganAt: T, mendedAt: T + 1, alone: true, why: 'not back' },
    { fault, alone: true, why: 'could not begin' },
  ]
  assert.deepEqual(
    listBroken(played, ({ target }) => [target]),
    [
      { kind: 'kill', touched: ['order'], from: T, mendedAt: T + 1, to: T + 9, isWhole: true },
      { kind: 'kill', touched: ['order'], from: T, mendedAt: T + 1, to: T + 1, isWhole: false },
    ],
  )
})

test('a unit on its way back needs inventory, its ledger, the gate and the ways to them, and no more', () => {
  const isNear = (name: string) => brokenNearTheShelf([broken({ touched: ['user', name] })]).length === 1
  const near = ['inventory', 'inventory-2', 'postgres', 'redis-gate']
  for (const name of [...near, 'inventory>postgres', 'inventory>redis-gate']) assert.ok(isNear(name), name)
  const far = ['kafka', 'order', 'redis-queue', 'services>kafka', 'order>inventory', 'order>postgres']
  for (const name of [...far, 'gateway>inventory', 'payment>postgres', 'inventory>redis-queue'])
    assert.ok(!isNear(name), name)
})

test('an end on its way to the ledger needs the order service, Kafka, inventory and their databases', () => {
  const isNear = (name: string) => brokenOnTheNews([broken({ touched: ['user', name] })]).length === 1
  const near = ['order-2', 'inventory', 'postgres', 'kafka', 'services>kafka', 'order>postgres']
  for (const name of near) assert.ok(isNear(name), name)
  for (const name of ['redis-gate', 'redis-queue', 'order>inventory', 'payment>postgres', 'gateway'])
    assert.ok(!isNear(name), name)
})

test('poison is to be heard unless a topic was lost before everybody can have heard it', () => {
  const wiped = (from: number) => broken({ kind: 'kafka-wiped', from, to: from + 1_000 })
  assert.equal(poisonToBeHeard([broken({})]).length, 1)
  assert.equal(poisonToBeHeard([broken({ isWhole: false })]).length, 0)
  assert.equal(poisonToBeHeard([broken({}), wiped(T + 20_000)]).length, 0)
  assert.equal(poisonToBeHeard([broken({}), wiped(T + 36_000), wiped(T - 2_000)]).length, 1)
  assert.equal(poisonToBeHeard([broken({ kind: 'kill' })]).length, 0)
})
