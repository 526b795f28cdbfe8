import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { plant } from './tree.ts'

test('a defect that does not fit the code is told, and nothing of it is planted', (t) => {
  const tree = mkdtempSync(join(tmpdir(), 'stampede-tree-'))
  t.after(() => rmSync(tree, { recursive: true }))
  const read = () => readFileSync(join(tree, 'a.ts'), 'utf8')
  writeFileSync(join(tree, 'a.ts'), 'one two two')
  const fits = { file: 'a.ts', text: 'one', put: '$& three' }
  for (const [file, text, times] of [
    ['a.ts', 'gone', 0],
    ['a.ts', 'two', 2],
    ['moved.ts', 'one', 0],
  ] as const) {
    const said = plant([fits, { file, text, put: '' }], tree)
    assert.equal(said, `does not fit: ${file} has the text ${times} times: ${text}`)
    assert.equal(read(), 'one two two')
  }
  const uproot = plant([fits, { file: 'a.ts', text: ' three', put: ' 3' }], tree)
  assert.ok(typeof uproot === 'function')
  assert.equal(read(), '$& 3 two two')
  uproot()
  assert.equal(read(), 'one two two')
})
