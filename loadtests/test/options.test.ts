import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBenchOptions } from '../bench/options.ts'
import { readDemoOptions } from '../demo/options.ts'
import { UsageError } from '../usage.ts'

test('without flags the demo is the usual one', () => {
  const { units, buyers, attempts, seed, json } = readDemoOptions([])
  assert.deepEqual([units, buyers, attempts, seed, json], [1000, 5000, 24_000, 1, undefined])
})

test('flags are taken in both spellings', () => {
  const options = readDemoOptions(['--units', '50', '--seed=7', '--json', 'out.json'])
  assert.deepEqual([options.units, options.seed, options.json], [50, 7, 'out.json'])
})

for (const args of [
  ['--unit', '5'],
  ['--units'],
  ['--units', '0'],
  ['--units', '-5'],
  ['--units', '1.5'],
  ['--units', 'many'],
  ['--units', '99999999999'],
  ['--buyers='],
  ['extra'],
]) {
  test(`the demo refuses: ${args.join(' ')}`, () => {
    assert.throws(() => readDemoOptions(args), UsageError)
  })
}

test('the benchmark takes names in any order and runs them in its own', () => {
  assert.deepEqual(readBenchOptions(['mixed', 'refusals', '--rounds', '5']).names, ['refusals', 'mixed'])
  assert.equal(readBenchOptions([]).rounds, 3)
})

for (const args of [['speed'], ['--rounds', '0'], ['--rounds', 'x'], ['--rounds', '21'], ['--fast']]) {
  test(`the benchmark refuses: ${args.join(' ')}`, () => {
    assert.throws(() => readBenchOptions(args), UsageError)
  })
}
