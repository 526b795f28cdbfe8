import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Drawable, makePlan, type PlanTerms } from './plan.ts'

const MINUTE_MS = 60_000
const LONGEST_MS = 60_000
const CALM_MS = 20_000
const LASTING = { leastMs: 1000, mostMs: LONGEST_MS }

const KINDS: Drawable[] = [
  kind('kill', 3, ['user', 'order', 'order-2', 'kafka', 'everything']),
  { ...kind('pause', 3, ['user', 'order', 'order-2', 'kafka']), ...LASTING },
  kind('flush', 1, ['redis-gate']),
  { ...kind('cut', 1, ['order>kafka', 'user>postgres']), ...LASTING },
]
const ALL_PARTS = ['user', 'order', 'order-2', 'kafka']

function kind(name: string, weight: number, targets: string[]): Drawable {
  const touches = (target: string) => (target === 'everything' ? ALL_PARTS : [target])
  return { kind: name, weight, ...{ leastMs: 0, mostMs: 0 }, targets, touches }
}

const someTerms = fc.record({
  seed: fc.nat(),
  lastsMs: fc.integer({ min: 1, max: 30 }).map((minutes) => minutes * MINUTE_MS),
  faults: fc.integer({ min: 1, max: 300 }),
})

test('the same seed makes the same plan, another seed another', () => {
  const terms: PlanTerms = { seed: 4, lastsMs: 3 * MINUTE_MS, faults: 30 }
  assert.deepEqual(makePlan(terms, KINDS), makePlan(terms, KINDS))
  assert.notDeepEqual(makePlan(terms, KINDS), makePlan({ ...terms, seed: 5 }, KINDS))
})

test('a plan has as many faults as were asked for, in order of time', () => {
  fc.assert(
    fc.property(someTerms, (terms) => {
      const plan = makePlan(terms, KINDS)
      assert.equal(plan.length, terms.faults)
      assert.deepEqual(
        plan.map(({ atMs }) => atMs),
        plan.map(({ atMs }) => atMs).sort((a, b) => a - b),
      )
    }),
  )
})

test('nothing is broken by two faults at once', () => {
  fc.assert(
    fc.property(someTerms, (terms) => {
      const freeAt = new Map<string, number>()
      for (const { kind: name, target, atMs, forMs } of makePlan(terms, KINDS)) {
        const of = KINDS.find((each) => each.kind === name) as Drawable
        for (const part of of.touches(target)) {
          assert.ok((freeAt.get(part) ?? 0) <= atMs, `${name}:${target} at ${atMs}`)
          freeAt.set(part, atMs + forMs)
        }
      }
    }),
  )
})

test('every kind and every target is broken before any comes often', () => {
  for (let seed = 0; seed < 50; seed++) {
    const plan = makePlan({ seed, lastsMs: 10 * MINUTE_MS, faults: 100 }, KINDS)
    const counts = new Map<string, number>()
    for (const { kind: name, target } of plan) {
      counts.set(`${name}:${target}`, (counts.get(`${name}:${target}`) ?? 0) + 1)
    }
    for (const { kind: name, targets } of KINDS) {
      const each = targets.map((target) => counts.get(`${name}:${target}`) ?? 0)
      assert.ok(Math.min(...each) >= 1 && Math.max(...each) - Math.min(...each) <= 2, `${name}: ${each}`)
    }
  }
})

test('the end of a run is calm, and no fault outlasts its kind', () => {
  const lastsMs = 30 * MINUTE_MS
  for (let seed = 0; seed < 50; seed++) {
    for (const { atMs, forMs, kind: name } of makePlan({ seed, lastsMs, faults: 300 }, KINDS)) {
      const mostMs = KINDS.find((each) => each.kind === name)?.mostMs ?? 0
      assert.ok(forMs <= mostMs)
      assert.ok(atMs <= lastsMs - CALM_MS && atMs + forMs <= lastsMs, `${atMs} + ${forMs}`)
    }
  }
})

test('most faults are short, and some are long', () => {
  const plan = makePlan({ seed: 1, lastsMs: 30 * MINUTE_MS, faults: 300 }, [KINDS[1] as Drawable])
  const lengths = plan.map(({ forMs }) => forMs)
  assert.ok(lengths.filter((ms) => ms <= 3000).length > 150)
  assert.ok(lengths.some((ms) => ms > 10_000))
})

test('without a kind that can be played there is nothing to plan', () => {
  assert.deepEqual(makePlan({ seed: 1, lastsMs: MINUTE_MS, faults: 10 }, []), [])
})
