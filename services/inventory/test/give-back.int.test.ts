import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { raiseEpoch, readView } from '../src/adapters/view-postgres.ts'
import { claimOf, openFixture, until } from './fixture.ts'

const { gate, sales, stage, pool, openSale } = await openFixture()
const soon = () => performance.now() + 10_000

test('units freed while a view is loaded that was read before are in it soon, though nobody mends', async () => {
  const saleId = await openSale({ units: 3, limitPerUser: 1 })
  const claim = claimOf(saleId, newId(), 'k')
  await stage.claim([claim], soon())
  const ended = [{ ...claim, orderId: claim.claimId, version: 1 }]
  const client = await pool.connect()
  await gate.shut(saleId)
  await raiseEpoch(client, saleId)
  await readView(client, saleId, async (view) => {
    await (await transaction(pool, (tx) => stage.release(tx, ended)))()
    assert.equal(await gate.load(view), true)
  })
  client.release()
  assert.equal((await gate.look(saleId))?.left, 2, 'the view was read before the release')
  assert.equal((await sales.get(saleId))?.available, 3)
  await until(async () => (await gate.look(saleId))?.left === 3, 'the unit is back')
  const [again] = await stage.claim([claimOf(saleId, claim.userId, 'again')], soon())
  assert.ok(again && 'won' in again, 'and its buyer may buy again')
})
