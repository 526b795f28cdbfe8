import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Played } from './player.ts'
import { tallyFaults } from './tally.ts'

function played(what: string, recoveredMs: number | undefined, alone = true): Played {
  const [kind = '', target = ''] = what.split(':')
  const fault = { kind, target, atMs: 0, forMs: 0, seed: 0 }
  if (recoveredMs === undefined) return { fault, alone, why: 'busy' }
  return { fault, alone, beganAt: 1, mendedAt: 2, recoveredMs }
}

test('killed parts are counted by what they are, each beside its goal', () => {
  const rows = tallyFaults([
    played('kill:order-2', 900),
    played('kill:user', 1500),
    played('kill:redis-gate', 300),
    played('kill:kafka', 8000),
    played('kill:everything', 30_000),
    played('cut:order>kafka', 100),
  ])
  assert.deepEqual(
    rows.map(({ name, played: count, goalMs }) => [name, count, goalMs]),
    [
      ['cut', 1, undefined],
      ['kill Kafka', 1, 20_000],
      ['kill Redis', 1, 5000],
      ['kill everything', 1, undefined],
      ['kill service', 2, 2000],
    ],
  )
})

test('what was broken alone is told apart from what was not, and what was not played has no time', () => {
  const [row] = tallyFaults([
    played('flush:redis-gate', 100),
    played('flush:redis-gate', 300),
    played('flush:redis-gate', 200),
    played('flush:redis-gate', 9000, false),
    played('flush:redis-gate', undefined),
  ])
  assert.deepEqual(row, {
    ...{ name: 'flush', planned: 5, played: 4, goalMs: undefined, isLate: false },
    alone: { count: 3, p50Ms: 200, maxMs: 300 },
    all: { count: 4, p50Ms: 200, maxMs: 9000 },
  })
})

test('a goal is missed by what was alone, and by the rest only when nothing was alone', () => {
  const isLate = (...group: Played[]) => tallyFaults(group)[0]?.isLate
  assert.equal(isLate(played('kill:order', 900), played('kill:order', 2400)), true)
  assert.equal(isLate(played('kill:order', 900), played('kill:order', 2400, false)), false)
  assert.equal(isLate(played('kill:order', 2400, false)), true)
  assert.equal(isLate(played('kill:order', undefined)), false)
})

test('what was begun by half has no time of recovery', () => {
  const [row] = tallyFaults([{ ...played('kill:order', 900), half: 'too late' }])
  assert.deepEqual([row?.planned, row?.played, row?.all.count], [1, 0, 0])
})
