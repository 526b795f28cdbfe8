import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../usage.ts'
import { readStoryOptions } from './options.ts'

test('a twentieth of the attempts is for sale unless one says otherwise, and quick is half of it', () => {
  assert.deepEqual(pick(readStoryOptions([])), [2000, 100])
  assert.deepEqual(pick(readStoryOptions(['--quick'])), [1000, 50])
  assert.deepEqual(pick(readStoryOptions(['--attempts', '200', '--units', '7'])), [200, 7])
})

test('stages are told once each, in their own order', () => {
  const { stages } = readStoryOptions(['--stages', 'database,hybrid,database'])
  assert.deepEqual(stages, ['hybrid', 'database'])
})

test('more processes are for the hybrid alone', () => {
  assert.deepEqual(readStoryOptions(['--processes', '2']).stages, ['hybrid'])
  assert.equal(readStoryOptions(['--processes', '1']).stages.length, 6)
  assert.throws(() => readStoryOptions(['--processes', '2', '--stages', 'threads,hybrid']), UsageError)
})

test('what cannot be meant is refused, with the part that is wrong', () => {
  const wrong = {
    'no stage fast': ['--stages', 'fast'],
    '--units': ['--attempts', '100', '--units', '101'],
    '--repeats': ['--repeats', '0'],
    '--seed': ['--seed', '-1'],
    '--processes': ['--processes', '5'],
    '--turbo': ['--turbo'],
  }
  for (const [part, args] of Object.entries(wrong)) {
    assert.throws(
      () => readStoryOptions(args),
      (error: Error) => error instanceof UsageError && error.message.includes(part),
    )
  }
})

function pick({ attempts, units }: { attempts: number; units: number }): number[] {
  return [attempts, units]
}
