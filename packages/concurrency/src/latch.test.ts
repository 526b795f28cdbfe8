import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meet } from './latch.ts'

test('who comes to a meeting alone leaves after the limit; the last one and those after it need not wait', () => {
  const words = new Int32Array(new SharedArrayBuffer(4))
  const began = performance.now()
  assert.equal(meet(words, 0, 2, 30), false)
  assert.ok(performance.now() - began >= 25)
  assert.equal(meet(words, 0, 2, 0), true)
  assert.equal(meet(words, 0, 2, 0), true)
})
