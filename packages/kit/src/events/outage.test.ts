import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isOutage, waitOut } from './outage.ts'

const coded = (code: string) => Object.assign(new Error('x'), { code })

test('what the infrastructure did is an outage, what the data did is not', () => {
  for (const code of [
    'ECONNREFUSED',
    'ECONNRESET',
    '57P01',
    '08006',
    '40001',
    '40P01',
    '53300',
    '53100',
    '42P01',
  ]) {
    assert.ok(isOutage(coded(code)), code)
  }
  assert.ok(isOutage(new Error('Connection terminated unexpectedly')))
  for (const code of ['23505', '23514', '22021', '22P02', '42703', 'ERR_ASSERTION']) {
    assert.ok(!isOutage(coded(code)), code)
  }
  for (const thrown of [new TypeError('x is not a function'), 'text', undefined, null, { code: '57P01' }]) {
    assert.ok(!isOutage(thrown))
  }
})

test('an outage is waited out and reported once; anything else ends the waiting', async () => {
  const { signal } = new AbortController()
  const reports: unknown[] = []
  const patience = { signal, onOutage: (error: unknown) => reports.push(error) }
  let calls = 0
  const result = await waitOut(async () => {
    if (++calls < 3) throw coded('57P03')
    return 'done'
  }, patience)
  assert.deepEqual([result, calls, reports.length], ['done', 3, 1])
  await assert.rejects(
    waitOut(() => Promise.reject(coded('23505')), patience),
    { code: '23505' },
  )
})

test('whoever closes does not wait for the outage to end', async () => {
  const closing = new AbortController()
  const waiting = waitOut(() => Promise.reject(coded('57P03')), {
    signal: closing.signal,
    onOutage: () => closing.abort(),
  })
  await assert.rejects(waiting, { name: 'AbortError' })
})
