import assert from 'node:assert/strict'
import { test } from 'node:test'
import { putMeasured } from './document.ts'

const BEGIN = '<!-- measured: written by the command, not by hand -->'
const END = '<!-- end of measured -->'

test('only what stands between the marks is replaced, as often as one likes', () => {
  const once = putMeasured(`before\n${BEGIN}\nold\n${END}\nafter\n`, 'new')
  assert.equal(once, `before\n${BEGIN}\n\nnew\n\n${END}\nafter\n`)
  assert.equal(putMeasured(once, 'new'), once)
})

test('a document without one pair of marks is left alone', () => {
  for (const text of ['nothing', BEGIN, END, `${END} ${BEGIN}`, `${BEGIN}${END}${BEGIN}${END}`]) {
    assert.throws(() => putMeasured(text, 'new'), /one pair/)
  }
})
