import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAim } from './aim.ts'
import type { Aim } from './shot.ts'

const TARGET = { host: '127.0.0.1', port: 8080 }
const TOKENS = ['t0', 't1', 't2', 't3']
const AIM: Aim = { saleIds: ['a', 'b'], buyers: { first: 1, count: 3 }, keys: 'k' }

test('an attempt is a whole request with its sale, token and key', () => {
  const lines = openAim(TARGET, AIM, TOKENS)(5).split('\r\n')
  assert.deepEqual(lines, [
    'POST /api/sales/b/orders HTTP/1.1',
    'host: 127.0.0.1:8080',
    'authorization: Bearer t3',
    'idempotency-key: k-5',
    'content-type: application/json',
    'content-length: 14',
    '',
    '{"quantity":1}',
  ])
})

test('every so many attempts go to the other sales, in turn', () => {
  const instead = { every: 3, saleIds: ['x', 'y'] }
  const write = openAim(TARGET, { ...AIM, saleIds: ['a'], instead }, TOKENS)
  const sales = [0, 1, 2, 3, 4, 5, 6].map((number) => write(number).split('/')[3])
  assert.deepEqual(sales, ['x', 'a', 'a', 'y', 'a', 'a', 'x'])
})

test('more buyers than there are is an error, not a request without a token', () => {
  assert.throws(() => openAim(TARGET, { ...AIM, buyers: { first: 2, count: 3 } }, TOKENS), /4 buyers/)
})
