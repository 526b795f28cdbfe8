import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { UsageError } from '../../loadtests/usage.ts'
import { MUTANTS } from '../../tests/mutants/all.ts'
import { readMutateOptions } from './options.ts'
import { writeList, writeTable } from './table.ts'
import type { Trial } from './trial.ts'

test('the table fits 80 columns, and says of each defect what became of it', () => {
  const ends = ['caught', 'survived', 'unsound'] as const
  const trials = MUTANTS.map((mutant, i): Trial => {
    return { mutant, end: ends[i % 3] ?? 'caught', why: 'why '.repeat(50), seconds: 123.4 }
  })
  const text = stripVTControlCharacters(writeTable(trials))
  const wide = [...text.split('\n'), ...writeList(MUTANTS).split('\n')].filter((line) => line.length > 80)
  assert.deepEqual(wide, [])
  for (const end of ends) {
    const count = trials.filter((trial) => trial.end === end).length
    assert.equal(text.split('\n').filter((line) => line.endsWith(end)).length >= count, true)
    assert.match(text.split('\n').at(-1) ?? '', new RegExp(`\\b${count} ${end}`))
  }
})

test('defects can be chosen by a word, and a word that none has is refused', () => {
  const { mutants, list } = readMutateOptions(['--only', 'fence', '--list'], MUTANTS)
  assert.ok(list && mutants.length > 0 && mutants.length < MUTANTS.length)
  assert.ok(mutants.every((mutant) => JSON.stringify(mutant).includes('fence')))
  assert.throws(() => readMutateOptions(['--only', 'no such word'], MUTANTS), UsageError)
  assert.throws(() => readMutateOptions(['--onyl', 'fence'], MUTANTS), UsageError)
})
