import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAcks } from './acks.ts'

test('the first yes after a moment is the first answer to what was sent after it', () => {
  const acks = openAcks()
  for (const [sentAt, answeredAt] of [
    [0, 10],
    [5, 30],
    [25, 40],
    [22, 50],
  ] as const)
    acks.add(sentAt, answeredAt)
  assert.equal(acks.firstAfter(-1), 10)
  assert.equal(acks.firstAfter(0), 30)
  assert.equal(acks.firstAfter(20), 40)
  assert.equal(acks.firstAfter(25), undefined)
})

test('old yeses are let go, the latest are kept', () => {
  const acks = openAcks()
  for (let at = 0; at < 600_000; at++) acks.add(at, at + 1)
  assert.equal(acks.firstAfter(599_000), 599_002)
  assert.notEqual(acks.firstAfter(0), 2)
})
