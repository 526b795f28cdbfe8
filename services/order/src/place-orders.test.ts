import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim, Reservation, Verdict } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { openLog } from '@stampede/kit/log'
import { keepSpansHere } from '@stampede/kit/testing/kept-spans'
import { keepWith } from '@stampede/kit/tracing/spans'
import { openPlacing, type PlacingPorts } from './place-orders.ts'

const limits = {
  claimBatchesMax: 1,
  claimsWaitingMax: 100,
  rowsPerBatch: 50,
  rowBatchesMax: 1,
  rowsWaitingMax: 100,
}
const log = openLog('order', 'error')
const win = async (claims: readonly Claim[]): Promise<Verdict[]> =>
  claims.map((claim) => ({ won: reserve(claim) }))
const forget = async () => {}
const never = () => new Promise<never>(() => {})

function open(ports: Partial<PlacingPorts>) {
  return openPlacing({ claim: win, write: forget, log, ...ports }, limits)
}

function newClaims(count: number): Claim[] {
  return Array.from({ length: count }, () => {
    const claimId = newId()
    return { claimId, saleId: newId(), userId: newId(), quantity: 1, keyPrint: 0, traceId: 'b'.repeat(32) }
  })
}

function reserve({ keyPrint: _keyPrint, ...claim }: Claim): Reservation {
  const time = '2026-11-21T10:00:00.000Z'
  return { ...claim, unitPriceCents: 1, currency: 'EUR', reservedAt: time, expiresAt: time }
}

test('nobody hears placed before the rows are committed', async () => {
  let committed = false
  const placing = open({
    write: async () => {
      await sleep(20)
      committed = true
    },
  })
  const [result] = await placing.place(newClaims(1), 1_000)
  assert.ok(result && 'placed' in result)
  assert.ok(committed)
})

test('lists that wait together are asked about and written together', async () => {
  const asked: number[] = []
  const written: number[] = []
  const placing = open({
    claim: async (claims) => {
      asked.push(claims.length)
      await sleep(10)
      return win(claims)
    },
    write: async (won) => {
      written.push(won.length)
    },
  })
  const first = placing.place(newClaims(5), 1_000)
  await sleep(2)
  const others = [placing.place(newClaims(10), 1_000), placing.place(newClaims(20), 1_000)]
  const sizes = (await Promise.all([first, ...others])).map((results) => results.length)
  assert.deepEqual(
    [sizes, asked, written],
    [
      [5, 10, 20],
      [5, 30],
      [5, 30],
    ],
  )
})

test('the same claim in two lists is asked about once and answered twice', async () => {
  const asked: string[] = []
  const placing = open({
    claim: async (claims) => {
      asked.push(...claims.map(({ claimId }) => claimId))
      return win(claims)
    },
  })
  const claims = newClaims(1)
  const [first, second] = await Promise.all([placing.place(claims, 1_000), placing.place(claims, 1_000)])
  assert.deepEqual(first, second)
  assert.equal(asked.length, 1)
})

test('a write that fails makes it busy, for the others too that were in the transaction', async () => {
  const placing = open({ write: () => Promise.reject(new Error('disk full')) })
  const results = await Promise.all([placing.place(newClaims(1), 1_000), placing.place(newClaims(1), 1_000)])
  assert.deepEqual(results.flat(), [{ refused: 'busy' }, { refused: 'busy' }])
})

test('an inventory that makes no sense makes it busy', async () => {
  const placing = open({ claim: () => Promise.reject(new Error('3 verdicts on 2 claims')) })
  assert.deepEqual(await placing.place(newClaims(1), 1_000), [{ refused: 'busy' }])
})

test('the budget bounds every wait: for a verdict, for rows, and behind others', async () => {
  for (const ports of [{ claim: never }, { write: never }]) {
    const placing = open(ports)
    const started = performance.now()
    const results = await Promise.all([
      placing.place(newClaims(1), 50),
      placing.place(newClaims(1), 60),
      sleep(5).then(() => placing.place(newClaims(1), 60)),
    ])
    assert.deepEqual(results.flat(), [{ refused: 'late' }, { refused: 'late' }, { refused: 'late' }])
    assert.ok(performance.now() - started < 500)
  }
})

test('what does not fit into the queue is turned away at once', async () => {
  const placing = open({ claim: never })
  void placing.place(newClaims(1), 300)
  await sleep(5)
  void placing.place(newClaims(100), 300)
  const started = performance.now()
  assert.deepEqual(await placing.place(newClaims(1), 300), [{ refused: 'busy' }])
  assert.ok(performance.now() - started < 100)
})

test('a placing that nobody decided about has failed; one that was refused has not', async () => {
  const spans = keepSpansHere()
  try {
    await open({ claim: async (claims) => claims.map(() => ({ refused: 'sold-out' })) }).place(
      newClaims(1),
      1_000,
    )
    await open({ claim: () => Promise.reject(new Error('away')) }).place(newClaims(1), 1_000)
  } finally {
    keepWith(undefined)
  }
  assert.deepEqual(
    spans
      .filter(({ name }) => name === 'order place')
      .map(({ attributes }) => [attributes['stampede.outcome'], attributes['error.type']]),
    [
      ['sold_out', undefined],
      ['overloaded', 'overloaded'],
    ],
  )
})
