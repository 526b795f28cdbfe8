import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REFUSALS } from './claims.ts'
import { failureOf, outcomeOf, REFUSED } from './outcomes.ts'
import { PROBLEMS } from './problems.ts'

test('every refusal has its public name, status and advice', () => {
  const told = Object.entries(REFUSED).map(([refused, { code, ...when }]) => [
    refused,
    PROBLEMS[code].status,
    code,
    'retryAfter' in when ? when.retryAfter : undefined,
  ])
  assert.deepEqual(told, [
    ['sold-out', 409, 'sold_out', undefined],
    ['limit', 409, 'limit_reached', undefined],
    ['not-open', 409, 'not_open', undefined],
    ['unknown-sale', 404, 'not_found', undefined],
    ['key-reused', 422, 'idempotency_key_reused', undefined],
    ['gate-closed', 503, 'gate_closed', 1],
    ['busy', 503, 'overloaded', 1],
    ['late', 504, 'deadline_exceeded', undefined],
    ['overloaded', 503, 'overloaded', 1],
    ['unavailable', 503, 'unavailable', 1],
  ])
  for (const refusal of REFUSALS) assert.ok(refusal in REFUSED)
})

test('an outcome is called in a span what it is called in the answer, or that it won or waits', () => {
  const ends = [
    { refused: 'sold-out' },
    { refused: 'late' },
    { queued: true },
    { won: {} },
    undefined,
  ] as const
  assert.deepEqual(
    ends.map((each) => outcomeOf(each)['stampede.outcome']),
    ['sold_out', 'deadline_exceeded', 'queued', 'won', undefined],
  )
})

test('a refusal is a failure when nobody decided it', () => {
  const failed = (Object.keys(REFUSED) as (keyof typeof REFUSED)[]).filter((refused) =>
    failureOf({ refused }),
  )
  assert.deepEqual(failed, ['gate-closed', 'busy', 'late', 'overloaded', 'unavailable'])
  assert.equal(failureOf({ refused: 'busy' }), 'overloaded')
  assert.equal(failureOf({}), undefined)
})
