import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf, latestOf } from './generation.ts'

test('the first log needs no header, a later one says which it is', () => {
  assert.deepEqual(headersOf(1), {})
  assert.equal(latestOf([headersOf(7), headersOf(12), {}, headersOf(3)]), 12)
  assert.equal(latestOf([{ headers: { generation: Buffer.from('2') } }]), 2)
})

test('what nobody of us has written counts as the first log', () => {
  const strange = ['', '0', '-3', '1e300', '2 ', '99999999999999999999', 'x', '\u0662']
  assert.equal(latestOf(strange.map((generation) => ({ headers: { generation } }))), 1)
  assert.equal(latestOf([{ headers: { generation: ['4', '5'] } }, { headers: {} }, {}]), 1)
})
