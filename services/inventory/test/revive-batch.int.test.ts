import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { openRevive } from '../src/stages/revive.ts'
import { claimOf, openFixture, until, word } from './fixture.ts'
import { eventOf, openTelling, revivalOf } from './orders-world.ts'

const house = await openFixture()
const { gate, pool, stage, openSale } = house
const revive = openRevive(house)
const tell = openTelling(pool, stage)
const soon = () => performance.now() + 20_000

/** Claims of one sale whose orders have expired. */
async function openExpired(howMany = 1): Promise<Claim[]> {
  const saleId = await openSale()
  const claims = Array.from({ length: howMany }, () => claimOf(saleId, newId(), 'k'))
  assert.ok((await stage.claim(claims, soon())).every((verdict) => word(verdict) === 'won'))
  await tell(...claims.map((claim) => eventOf('order.expired', claim, 1)))
  return claims
}

const revivals = (claims: readonly Claim[]) => claims.map((claim) => revivalOf(claim, 1))

test('a claim that cannot be decided holds up no other, neither of its sale nor of the next', async () => {
  const [stuck, neighbour] = await openExpired(2)
  const [other] = await openExpired()
  assert.ok(stuck && neighbour && other)
  assert.equal((await gate.revive(stuck.saleId, stuck))?.said, 'taken')
  assert.deepEqual(await revive(revivals([stuck, neighbour, other]), soon()), [null, true, true])
})

test('a sale whose view cannot be made anew holds up no other', async () => {
  const rebuild = () => Promise.resolve(false)
  const lost = await openExpired(5)
  const [other] = await openExpired()
  assert.ok(other)
  await gate.redis.del(`sale:{${lost[0]?.saleId}}:gate`)
  const without = openRevive({ ...house, rebuild })
  const answers = await without(revivals([...lost, other]), soon())
  assert.deepEqual(answers, [...lost.map(() => null), true])
})

test('who has no answer by the deadline gets none, the others theirs, and it can be asked again', async () => {
  const [locked] = await openExpired()
  const [other] = await openExpired()
  assert.ok(locked && other)
  const ask = (budgetMs: number) => revive(revivals([locked, other]), performance.now() + budgetMs)
  await transaction(pool, async (tx) => {
    await tx.query('SELECT FROM reservation WHERE claim_id = $1 FOR UPDATE', [locked.claimId])
    const startedAt = performance.now()
    assert.deepEqual(await ask(1_000), [null, true])
    assert.ok(performance.now() - startedAt < 3_000)
  })
  await until(async () => String(await ask(1_000)) === 'true,true', 'both are held')
})

test('after the deadline no claim is begun', async () => {
  const [claim] = await openExpired()
  assert.ok(claim)
  assert.deepEqual(await revive(revivals([claim]), performance.now()), [null])
  // What had been begun in spite of it would be done by now.
  await sleep(300)
  assert.equal((await gate.look(claim.saleId))?.left, 10)
})
