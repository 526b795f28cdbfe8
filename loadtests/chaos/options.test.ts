import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../usage.ts'
import { CHAOS_USAGE, type ChaosOptions, readChaosOptions, writeCommand } from './options.ts'

test('without flags: three minutes of ten faults each, the rate to be measured', () => {
  assert.deepEqual(readChaosOptions([]), { seed: 1, minutes: 3, faults: 30, only: [], rate: undefined })
})

test('half an hour has at least 300 faults', () => {
  assert.equal(readChaosOptions(['--minutes', '30']).faults, 300)
})

test('the command that a report shows plays the same again', () => {
  const args = [
    '--seed',
    '7',
    '--minutes',
    '2',
    '--faults',
    '9',
    '--only',
    'pause,kill:kafka',
    '--rate',
    '80',
  ]
  const options = readChaosOptions(args)
  assert.deepEqual(options.only, ['pause', 'kill:kafka'])
  const again = (changes: Partial<ChaosOptions>) => {
    const [, flags = ''] = writeCommand({ ...options, ...changes }, 80).split('npm run chaos -- ')
    return readChaosOptions(flags.split(' '))
  }
  assert.deepEqual(again({}), options)
  // A rate that was measured too: else the load would be another one.
  assert.deepEqual(again({ rate: undefined }), options)
})

test('a flag that cannot be used is refused by its name', () => {
  for (const args of [
    ['--minutes', '0'],
    ['--faults', '181'],
    ['--seed', 'x'],
    ['--rate', '-1'],
    ['--fast'],
  ]) {
    assert.throws(() => readChaosOptions(args), UsageError, args.join(' '))
  }
})

test('a kind that there is not is refused before anything is started, and the usage names all there are', () => {
  assert.throws(() => readChaosOptions(['--only', 'kill,nonsense:kafka']), {
    message: '--only: there is no fault nonsense:kafka',
  })
  assert.match(CHAOS_USAGE, /kinds: kill pause .* rollback/)
  assert.ok(CHAOS_USAGE.split('\n').every((line) => line.length <= 80))
})
