import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Stand } from '@stampede/local/stand/stand'
import { UsageError } from '../usage.ts'
import { type FaultKind, NOTHING_TO_MEND } from './fault.ts'
import { KINDS } from './faults/kinds.ts'
import { makePlan } from './plan.ts'
import { findDrawable, splitPlan } from './playable.ts'

const STAND = {} as Stand
const PAUSE = kind('pause', ['order', 'kafka'])
const CLOCK = { ...kind('clock', ['order']), missing: () => 'there is no faketime' }

function kind(name: string, targets: readonly string[]): FaultKind {
  return {
    ...{ kind: name, weight: 1, leastMs: 0, mostMs: 0, recovers: 'from-start' },
    targets: () => targets,
    touches: (target) => [target],
    begin: async () => NOTHING_TO_MEND,
  }
}

function find(...only: string[]) {
  const drawable = findDrawable([PAUSE, CLOCK], STAND, only)
  return drawable.flatMap(({ kind: name, targets }) => targets.map((target) => `${name}:${target}`))
}

test('a plan is drawn over all kinds, and over those the machine cannot play', () => {
  assert.deepEqual(find(), ['pause:order', 'pause:kafka', 'clock:order'])
})

test('--only takes kinds, and kinds with a target', () => {
  assert.deepEqual(find('pause'), ['pause:order', 'pause:kafka'])
  assert.deepEqual(find('pause:kafka', 'clock'), ['pause:kafka', 'clock:order'])
})

test('a word that is no fault is refused', () => {
  assert.throws(() => find('pause:postgres', 'pause'), UsageError)
  assert.throws(() => find('pause:postgres'), { message: /pause:postgres; pause has order, kafka$/ })
})

test('what cannot be played is named with the reason and its number, the rest is played', () => {
  const fault = (name: string, atMs: number) => ({ kind: name, target: 'order', atMs, forMs: 0, seed: 0 })
  const plan = [fault('clock', 1), fault('pause', 2), fault('clock', 3)]
  assert.deepEqual(splitPlan(plan, [PAUSE, CLOCK], STAND), {
    playable: [plan[1]],
    notRun: [{ kind: 'clock', why: 'there is no faketime', faults: 2 }],
  })
})

test('a seed makes the same plan on a machine that has everything and on one that has nothing', () => {
  const parts = { order: { role: 'service' }, kafka: { role: 'engine' } }
  const full = { system: { parts }, edges: [{ name: 'order>kafka' }], shiftClock: () => ({}) }
  const rich = { ...full, proxies: {}, disks: {} } as unknown as Stand
  const none = { missing: 'not here' }
  const poor = { ...full, shiftClock: none, proxies: none, disks: none } as unknown as Stand
  const terms = { seed: 7, lastsMs: 180_000, faults: 50 }
  const planOn = (stand: Stand) => makePlan(terms, findDrawable(KINDS, stand, []))
  assert.deepEqual(planOn(poor), planOn(rich))
  assert.deepEqual(splitPlan(planOn(rich), KINDS, rich).notRun, [])
  const { notRun } = splitPlan(planOn(poor), KINDS, poor)
  assert.deepEqual(
    notRun.map((each) => each.kind),
    ['clock', 'full-disk', 'cut', 'latency', 'reset', 'half-open', 'crumbs', 'narrow'],
  )
})
