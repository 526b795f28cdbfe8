import assert from 'node:assert/strict'
import { test } from 'node:test'
import { STEPS, type StepName } from '@stampede/contracts/story'
import { inWords, say } from './story-words.ts'

const [at, until] = ['2026-11-27T18:00:00.000Z', '2026-11-27T18:00:00.005Z']
const TIMES = { at, startMs: Date.parse(at), endMs: Date.parse(until) }

test('every step there is can be said, done, open or failed, without a hole', () => {
  for (const what of Object.keys(STEPS) as StepName[]) {
    for (const more of [{}, { until }, { open: true }, { failed: true, until }] as const) {
      const said = say({ what, ...more, ...TIMES }, [])
      assert.match(said, /^[a-z][\w. ,:-]*$/, what)
      assert.doesNotMatch(said, /undefined|NaN/, what)
    }
    for (const since of STEPS[what].since ?? [])
      assert.ok(Object.hasOwn(STEPS, since), `${what} since ${since}`)
  }
})

test('lengths of time are said as people say them', () => {
  const cases: [ms: number, words: string][] = [
    [0.2, 'less than 1 ms'],
    [4, '4 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1_240, '1.2 s'],
    [59_970, '1 min'],
    [200_000, '3 min 20 s'],
    [3_599_900, '1 h'],
    [3_660_000, '1 h 1 min'],
    [90_000_000, '1 d 1 h'],
  ]
  for (const [ms, said] of cases) assert.equal(inWords(ms), said, String(ms))
})
