import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { openLog } from '@stampede/kit/log'
import type { Peer } from '@stampede/kit/peer'
import { keepSpansHere } from '@stampede/kit/testing/kept-spans'
import { keepWith } from '@stampede/kit/tracing/spans'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import { openClaims } from './claims-order.ts'

test('a batch that the order service did not answer has failed, and is kept though nobody chose it', async () => {
  const away = async () => ({ ok: false, why: 'unavailable' }) as const
  const order: Peer = { ask: away, askEach: async () => [], close: async () => undefined }
  const limits = { deadlineMs: 2_000, queueMax: 10, inFlightMax: 1, gatherMs: 0 }
  const claims = openClaims({ order, log: openLog('gateway', 'fatal'), ...limits })
  const spans = keepSpansHere()
  try {
    assert.deepEqual(await claims.place(newClaim()), { refused: 'unavailable' })
  } finally {
    keepWith(undefined)
    await claims.close()
  }
  assert.deepEqual(
    spans.map(({ name, attributes }) => [name, attributes['stampede.outcome'], attributes['error.type']]),
    [['gateway send', 'unavailable', 'unavailable']],
  )
})

function newClaim(): Claim {
  const ids = { claimId: newId(), saleId: newId(), userId: newId() }
  return { ...ids, quantity: 1, keyPrint: 0, traceId: newTraceId() }
}
