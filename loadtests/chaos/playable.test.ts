import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stand } from '@stampede/local/stand/stand'
import { UsageError } from '../usage.ts'
import { type FaultKind, NOTHING_TO_MEND } from './fault.ts'
import { findPlayable } from './playable.ts'

const STAND = {} as Stand
const PAUSE = kind('pause', () => ['order', 'kafka'])
const CLOCK = kind('clock', () => ({ missing: 'there is no faketime' }))

function kind(name: string, targets: FaultKind['targets']): FaultKind {
  return {
    ...{ kind: name, weight: 1, leastMs: 0, mostMs: 0, recovers: 'from-start', targets },
    touches: (target) => [target],
    begin: async () => NOTHING_TO_MEND,
  }
}

function find(...only: string[]) {
  const { playable, missing } = findPlayable([PAUSE, CLOCK], STAND, only)
  return { playable: playable.flatMap((each) => each.targets), missing: missing.map((each) => each.why) }
}

test('all that the machine allows is played, and what it does not is named with the reason', () => {
  assert.deepEqual(find(), { playable: ['order', 'kafka'], missing: ['there is no faketime'] })
})

test('--only takes kinds, and kinds with a target', () => {
  assert.deepEqual(find('pause').playable, ['order', 'kafka'])
  assert.deepEqual(find('pause:kafka'), { playable: ['kafka'], missing: [] })
  assert.deepEqual(find('clock').missing, ['there is no faketime'])
})

test('a word that is no fault is refused', () => {
  assert.throws(() => find('pause:postgres', 'pause'), UsageError)
  assert.throws(() => find('explode'), UsageError)
})
