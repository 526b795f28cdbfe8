import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim, Revival } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { PAYING_HOLD_SECONDS_MAX } from '@stampede/contracts/payments'
import type { NewSale } from '@stampede/contracts/sales'
import { audit, ORPHAN_SECONDS } from '../src/adapters/audit-postgres.ts'
import { holdAgain } from '../src/adapters/revival-postgres.ts'
import { openRevive } from '../src/stages/revive.ts'
import { claimOf, HOUR, openFixture, units, until, word } from './fixture.ts'
import { eventOf, openTelling, revivalOf, rowOf } from './orders-world.ts'

const house = await openFixture()
const { gate, ledger, pool, sales, stage, rebuild, openSale } = house
const reviveBy = openRevive(house)
const tell = openTelling(pool, stage)
const soon = () => performance.now() + 20_000
const revive = (claims: readonly Revival[]) => reviveBy(claims, soon())

async function won(claim: Claim): Promise<Claim> {
  assert.equal(word((await stage.claim([claim], soon()))[0]), 'won')
  return claim
}

/** A claim whose order has expired, in a sale of its own. */
async function openExpired(given: Partial<NewSale> = {}, quantity = 1): Promise<Claim> {
  const claim = await won(units(quantity, claimOf(await openSale(given), newId(), 'k')))
  await tell(eventOf('order.expired', claim, 1))
  return claim
}

/** Units by the ledger and by the gate, which must agree, and that the books balance. */
async function assertUnits({ saleId }: Claim, counts: readonly [left: number, held: number, sold: number]) {
  const books = await audit(pool, saleId)
  assert.deepEqual([books?.available, books?.reserved, books?.sold], counts)
  assert.equal(books?.consistent, true)
  assert.equal((await gate.look(saleId))?.left, counts[0])
}

test('an expired order that was paid after all holds its units again, in the ledger and in the gate', async () => {
  const claim = await openExpired({ units: 3, limitPerUser: 2 }, 2)
  await assertUnits(claim, [3, 0, 0])
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [true])
  await assertUnits(claim, [1, 2, 0])
  const [again] = await stage.claim([claimOf(claim.saleId, claim.userId, 'more')], soon())
  assert.equal(word(again), 'limit')
})

test('an expiry that is heard after the revival frees nothing; sold and refunded, units return once', async () => {
  const claim = await won(claimOf(await openSale({ units: 3 }), newId(), 'k'))
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [true])
  await tell(eventOf('order.expired', claim, 1))
  await assertUnits(claim, [2, 1, 0])
  await tell(eventOf('order.paid', claim, 2))
  await assertUnits(claim, [2, 0, 1])
  for (let i = 0; i < 3; i++) await tell(eventOf('order.refunded', claim, 3))
  await tell(eventOf('order.paid', claim, 2))
  await assertUnits(claim, [3, 0, 0])
})

test('a revival that comes after the order was told to have expired for good is refused', async () => {
  const claim = await openExpired({ units: 3 })
  await tell(eventOf('order.expired', claim, 2))
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [false])
  assert.deepEqual(await rowOf(pool, claim), { state: 'released', version: 2 })
  await assertUnits(claim, [3, 0, 0])
})

test('a revival whose refusal was lost, and that did hold the units, is undone by the later expiry', async () => {
  const claim = await openExpired({ units: 3 })
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [true])
  await tell(eventOf('order.expired', claim, 2))
  await assertUnits(claim, [3, 0, 0])
})

test('with the units sold to others nothing is revived, and nothing changes', async () => {
  const claim = await openExpired({ units: 3, limitPerUser: 3 }, 2)
  await won(units(2, claimOf(claim.saleId, newId(), 'k')))
  const before = await gate.look(claim.saleId)
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [false])
  await assertUnits(claim, [1, 2, 0])
  assert.deepEqual(await gate.look(claim.saleId), before)
})

test('a gate that promises too much is refused by the ledger, and made anew', async () => {
  const claim = await openExpired({ units: 1 })
  await won(claimOf(claim.saleId, newId(), 'k'))
  await gate.redis.hset(`sale:{${claim.saleId}}:gate`, 'left', 9)
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [false])
  await until(async () => (await gate.look(claim.saleId))?.left === 0, 'the view is right again')
  await assertUnits(claim, [0, 1, 0])
})

test('a buyer who has bought anew meanwhile stays within the limit', async () => {
  const claim = await openExpired({ units: 5, limitPerUser: 1 })
  await won(claimOf(claim.saleId, claim.userId, 'anew'))
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [false])
  await assertUnits(claim, [4, 1, 0])
  await assertRecord(claim, /over$/)
})

test('unknown, voided and other buyers’ claims are not revived, and their neighbours in the batch are', async () => {
  const claim = await openExpired({ units: 5 })
  const unknown = claimOf(claim.saleId, newId(), 'never')
  const voided = claimOf(claim.saleId, newId(), 'void')
  await ledger.voidClaims(claim.saleId, [{ ...voided, stamp: 1 }])
  const theirs = { ...claim, userId: newId() }
  const claims = [unknown, voided, theirs, claim, claim].map((each) => revivalOf(each, 1))
  assert.deepEqual(await revive(claims), [false, false, false, true, true])
  await assertUnits(claim, [4, 1, 0])
})

test('neither a pause nor the end of the sale keeps a paid order from its units', async () => {
  const claims = [await openExpired(), await openExpired(), await openExpired()] as const
  const [paused, closed, over] = claims
  for (const [{ saleId }, operation] of [[paused, 'pause'] as const, [closed, 'close'] as const]) {
    const sale = await sales.operate(saleId, operation)
    assert.ok(sale)
    await stage.change(sale, 0)
  }
  await pool.query(
    `UPDATE sale SET starts_at = now() - interval '9 h', ends_at = now() - interval '2 h'
    WHERE sale_id = $1`,
    [over.saleId],
  )
  await rebuild(over.saleId, 'over')
  assert.deepEqual(await revive(claims.map((claim) => revivalOf(claim, 1))), [true, true, true])
  for (const claim of claims) await assertUnits(claim, [9, 1, 0])
})

test('a view that is lost, or lost its parts, is made anew from the ledger, and then the claim revived', async () => {
  for (const parts of [['gate', 'users', 'claims', 'pending', 'prints'], ['users'], ['claims'], ['gate']]) {
    const claim = await openExpired()
    await won(claimOf(claim.saleId, newId(), 'other'))
    await gate.redis.del(...parts.map((part) => `sale:{${claim.saleId}}:${part}`))
    const answers = async () => String(await revive([revivalOf(claim, 1)]))
    await until(async () => (await answers()) === 'true', 'it is held again')
    await assertUnits(claim, [8, 2, 0])
    assert.equal((await gate.look(claim.saleId))?.whole, true)
  }
})

test('units taken in a view that has been replaced are not held, and nothing changes', async () => {
  const claim = await openExpired()
  const taken = await gate.revive(claim.saleId, claim)
  assert.ok(taken?.said === 'taken')
  await rebuild(claim.saleId, 'test')
  assert.equal(await holdAgain(pool, revivalOf(claim, 1), taken.epoch), 'stale')
  assert.deepEqual(await rowOf(pool, claim), { state: 'released', version: 1 })
  await assertUnits(claim, [10, 0, 0])
})

test('a process that dies between gate and ledger: asked too early nobody can tell, and then it is held', async () => {
  const claim = await openExpired()
  assert.equal((await gate.revive(claim.saleId, claim))?.said, 'taken')
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [null])
  await until(async () => (await gate.look(claim.saleId))?.left === 10, 'the view shows what its row has')
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [true])
  await assertUnits(claim, [9, 1, 0])
})

test('asked twenty times at once a claim is revived once', async () => {
  const claim = await openExpired()
  const asked = await Promise.all(Array.from({ length: 20 }, () => revive([revivalOf(claim, 1)])))
  assert.ok(asked.some((answer) => String(answer) === 'true'))
  assert.ok(asked.every(([answer]) => answer !== false))
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [true])
  await assertUnits(claim, [9, 1, 0])
})

test('what is made anew in a view goes when the view does', async () => {
  const claim = await openExpired()
  await revive([revivalOf(claim, 1)])
  const keys = await gate.redis.keys(`sale:{${claim.saleId}}:*`)
  assert.ok(keys.some((key) => key.endsWith(':users')))
  for (const key of keys) assert.ok((await gate.redis.pttl(key)) > HOUR, key)
})

test('a revived reservation is not orphaned by its old expiry, but is when it was forgotten', async () => {
  const claim = await openExpired()
  const { claimId, saleId } = claim
  await pool.query(`UPDATE reservation SET expires_at = now() - interval '1 day' WHERE claim_id = $1`, [
    claimId,
  ])
  assert.deepEqual(await revive([revivalOf(claim, 1)]), [true])
  assert.deepEqual(
    [(await audit(pool, saleId))?.orphaned, (await audit(pool, saleId))?.consistent],
    [0, true],
  )
  const seconds = ORPHAN_SECONDS + 1
  await pool.query(
    `UPDATE reservation SET revived_at = now() - make_interval(secs => $2) WHERE claim_id = $1`,
    [claimId, seconds],
  )
  assert.equal((await audit(pool, saleId))?.orphaned, 1)
  await tell(eventOf('order.paid', claim, 2))
  assert.equal((await audit(pool, saleId))?.orphaned, 0)
})

test('units of an order that a payment keeps from expiring, and that is told late, are not orphaned', async () => {
  const claim = await won(claimOf(await openSale(), newId(), 'k'))
  // The longest sweep there is.
  const seconds = PAYING_HOLD_SECONDS_MAX + 60
  await pool.query(
    `UPDATE reservation SET expires_at = now() - make_interval(secs => $2) WHERE claim_id = $1`,
    [claim.claimId, seconds],
  )
  const books = await audit(pool, claim.saleId)
  assert.deepEqual([books?.orphaned, books?.consistent], [0, true])
})

async function assertRecord({ saleId, claimId }: Claim, wanted: RegExp): Promise<void> {
  assert.match((await gate.redis.hget(`sale:{${saleId}}:claims`, claimId)) ?? '', wanted)
}
