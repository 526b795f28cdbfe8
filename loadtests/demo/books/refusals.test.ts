import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttemptEntry } from '../journal.ts'
import { findUndeserved } from './refusals.ts'
import { type Holding, RETURN_MS } from './timeline.ts'

const SALE = { saleId: 's', units: 3, limit: 2 }
const T = 1_000_000_000
const LATER = T + 60_000

/** Two buyers took all three units at `T`; one of them gave his unit back a minute later. */
const HOLDINGS: Holding[] = [
  { saleId: 's', userId: 'ann', quantity: 2, from: T, to: undefined },
  { saleId: 's', userId: 'bob', quantity: 1, from: T, to: LATER },
]

const GROUND = { sales: [SALE], holdings: HOLDINGS, quota: 3 }

test('sold out is deserved while too little is left, and for as long as a return may take', () => {
  assert.deepEqual(undeserved({ status: 409, code: 'sold_out', sentAt: T + 10 }), [])
  assert.deepEqual(undeserved({ status: 409, code: 'sold_out', sentAt: LATER + RETURN_MS - 100 }), [])
  assert.equal(undeserved({ status: 409, code: 'sold_out', sentAt: T - 60_000 }).length, 1)
  assert.equal(undeserved({ status: 409, code: 'sold_out', sentAt: LATER + RETURN_MS + 100 }).length, 1)
  const two = { status: 409, code: 'sold_out', sentAt: LATER + RETURN_MS + 100, quantity: 2 }
  assert.deepEqual(undeserved(two), [])
})

test('the limit is deserved by a buyer who holds too much at that time only', () => {
  assert.deepEqual(undeserved({ status: 409, code: 'limit_reached', userId: 'ann', sentAt: T + 10 }), [])
  assert.equal(undeserved({ status: 409, code: 'limit_reached', userId: 'bob', sentAt: T + 10 }).length, 1)
  const tooMany = { status: 409, code: 'limit_reached', userId: 'bob', sentAt: T + 10, quantity: 2 }
  assert.deepEqual(undeserved(tooMany), [])
  assert.equal(undeserved({ ...tooMany, sentAt: LATER + 60_000 }).length, 1)
})

test('a used key is refused only to another quantity', () => {
  const first = attempt({ status: 201, quantity: 1 })
  const second = attempt({ status: 422, code: 'idempotency_key_reused', quantity: 2 })
  assert.deepEqual(findUndeserved([first, second], GROUND), [])
  assert.equal(findUndeserved([second], GROUND).length, 1)
})

for (const [kind, status, code] of [
  ['bad-token', 401, 'unauthenticated'],
  ['bad-body', 400, 'invalid_request'],
  ['no-key', 400, 'idempotency_key_missing'],
] as const) {
  test(`${code} is for ${kind} alone, and ${kind} never wins`, () => {
    assert.deepEqual(undeserved({ kind, status, code }), [])
    assert.equal(undeserved({ kind: 'plain', status, code }).length, 1)
    assert.equal(undeserved({ kind, status: 201 }).length, 1)
  })
}

test('the quota is deserved by whoever was that often here in the last ten seconds', () => {
  const refused = attempt({ status: 429, code: 'quota_exceeded', sentAt: T })
  const before = [1, 2].map((ago) => attempt({ key: `k${ago}`, sentAt: T - ago * 1000 }))
  const longAgo = attempt({ key: 'old', sentAt: T - 60_000 })
  const badToken = attempt({
    key: 'bad',
    kind: 'bad-token',
    status: 401,
    code: 'unauthenticated',
    sentAt: T - 500,
  })
  assert.deepEqual(findUndeserved([refused, ...before], GROUND), [])
  assert.equal(findUndeserved([refused, longAgo, badToken, before[0] as AttemptEntry], GROUND).length, 1)
  assert.equal(findUndeserved([refused, ...before], { sales: [SALE], holdings: HOLDINGS }).length, 1)
})

test('a status that is not that of its code, and any code nobody could deserve, are found', () => {
  assert.equal(undeserved({ status: 500, code: 'internal' }).length, 1)
  assert.equal(undeserved({ status: 409, code: 'not_open' }).length, 1)
  assert.equal(undeserved({ status: 400, code: 'sold_out' }).length, 1)
  assert.equal(undeserved({ status: 502, code: 'none' }).length, 1)
  assert.deepEqual(undeserved({ status: 503, code: 'overloaded' }), [])
})

function undeserved(given: Partial<AttemptEntry>) {
  return findUndeserved([attempt(given)], GROUND)
}

function attempt(given: Partial<AttemptEntry>): AttemptEntry {
  const base = {
    entry: 'attempt',
    phase: 'rush',
    kind: 'plain',
    sale: 'main',
    saleId: 's',
    userId: 'cay',
  } as const
  return { ...base, key: 'k', quantity: 1, sentAt: T + 10, tookMs: 5, status: 201, ...given }
}
