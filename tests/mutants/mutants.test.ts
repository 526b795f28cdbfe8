import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { MUTANTS } from './all.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(resolve(ROOT, file), 'utf8')

test('what a planted defect takes out stands in the code, once', () => {
  const astray = MUTANTS.flatMap(({ name, edits }) =>
    edits.flatMap(({ file, text }) => {
      const times = read(file).split(text).length - 1
      return times === 1 ? [] : [`${name}: ${times} times in ${file}: ${text}`]
    }),
  )
  assert.deepEqual(astray, [])
})

test('a planted defect changes something, and has a name of its own', () => {
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length)
  for (const { name, edits } of MUTANTS) {
    assert.ok(edits.length > 0 && edits.every(({ text, put }) => text !== put), name)
  }
})

test('the tests that catch planted defects are there', () => {
  const missing = MUTANTS.filter(({ caughtBy: { file, test } }) => !titlesOf(file).some((fits) => fits(test)))
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  )
})

/** The titles of a file's tests and of the cases it shares; what a template fills in may be anything. */
function titlesOf(file: string): ((title: string) => boolean)[] {
  const source = read(file)
  const cases = Array.from(source.matchAll(/from '(\.\S+\.cases\.ts)'/g), ([, path = '']) => path)
  const all = [source, ...cases.map((path) => read(join(dirname(file), path)))].join('\n')
  const titles = all.matchAll(/\btest\(\s*(['"`])(.*?)\1/gs)
  return Array.from(titles, ([, , title = '']) => {
    const parts = title.split(/\$\{.*?\}/s).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    const form = new RegExp(`^${parts.join('.*')}$`)
    return (given: string) => form.test(given)
  })
}
