import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { stageCases } from '../src/stages/stage.cases.ts'
import { claimOf, openFixture, units, word } from './fixture.ts'

stageCases(async () => {
  const { stage, openSale, pool } = await openFixture()
  return {
    stage,
    openSale,
    claimOf,
    async release(claims) {
      const ended = claims.map(({ claimId, ...claim }) => ({ ...claim, orderId: claimId, version: 1 }))
      await (await transaction(pool, (tx) => stage.release(tx, ended)))()
    },
  }
})

test('a batch is decided in the order of its claims', async () => {
  const { stage, openSale } = await openFixture()
  const saleId = await openSale({ units: 3, limitPerUser: 2 })
  const [one, two] = [newId(), newId()]
  const claims = [
    units(2, claimOf(saleId, one, 'a')),
    claimOf(saleId, one, 'b'),
    units(2, claimOf(saleId, two, 'a')),
    claimOf(saleId, two, 'b'),
  ]
  const verdicts = await stage.claim(claims, performance.now() + 20_000)
  assert.deepEqual(verdicts.map(word), ['won', 'limit', 'sold-out', 'won'])
})
