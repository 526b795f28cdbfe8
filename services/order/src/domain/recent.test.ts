import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRecent } from './recent.ts'

test('the last ids are known, however many came before, and no more than twice as many are kept', () => {
  const recent = openRecent(10)
  for (let i = 0; i < 1_000; i++) {
    recent.add(`id-${i}`)
    for (let back = 0; back < 10 && back <= i; back++) assert.ok(recent.has(`id-${i - back}`))
    assert.equal(recent.has(`id-${i - 20}`), false)
  }
})
