import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REFUSALS } from '@stampede/contracts/claims'
import { PROBLEMS } from '@stampede/contracts/problems'
import { REFUSED } from './outcomes.ts'

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
