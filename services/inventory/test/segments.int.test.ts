import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId, segmentIds } from '@stampede/contracts/ids'
import type { NewSale } from '@stampede/contracts/sales'
import { transaction } from '@stampede/kit/postgres'
import { audit } from '../src/adapters/audit-postgres.ts'
import { homeOf } from '../src/domain/segment.ts'
import type { StageDeps } from '../src/stages/openers.ts'
import { openRevive } from '../src/stages/revive.ts'
import { SegmentedSale } from '../src/stages/segments.ts'
import { stageCases } from '../src/stages/stage.cases.ts'
import { Stages } from '../src/stages/stages.ts'
import { claimOf, openFixture, saleNow, units, until, word } from './fixture.ts'
import { eventOf, openTelling, revivalOf } from './orders-world.ts'

const SEGMENTS = 4
const house = await openFixture()
const soon = () => performance.now() + 20_000

async function openSale(given: Partial<NewSale>) {
  const sale = await house.sales.create(newId(), { ...saleNow(), segments: SEGMENTS, ...given })
  const stage = new SegmentedSale(house.stage, house.deps, sale)
  await stage.load()
  return { saleId: sale.saleId, stage, segments: segmentIds(sale.saleId, SEGMENTS) }
}

/** A buyer whose claims go to the segment of that number. */
function buyerOf(segments: readonly string[], number: number): string {
  for (;;) {
    const userId = newId()
    if (homeOf(userId, segments) === segments[number]) return userId
  }
}

const rows = async (saleId: string) => {
  const { rows: found } = await house.pool.query<{ units: number; available: number }>(
    'SELECT units, available FROM sale WHERE sale_id = $1 OR parent_id = $1',
    [saleId],
  )
  return found.reduce((a, b) => ({ units: a.units + b.units, available: a.available + b.available }))
}

stageCases(async () => {
  const stages = new Map<string, SegmentedSale>()
  const of = (saleId: string) => stages.get(saleId) ?? house.stage
  return {
    stage: {
      name: 'hybrid',
      variant: 'guarded',
      load: () => Promise.resolve(),
      change: () => Promise.resolve(),
      close: () => Promise.resolve(),
      release: (tx, ended) => house.stage.release(tx, ended),
      count: (saleId) => house.stage.count(saleId),
      claim: (claims, deadline) => of((claims[0] as { saleId: string }).saleId).claim(claims, deadline),
    },
    async openSale(given) {
      const { saleId, stage } = await openSale(given)
      stages.set(saleId, stage)
      return saleId
    },
    claimOf,
    async release(claims) {
      const ended = claims.map(({ claimId, ...claim }) => ({ ...claim, orderId: claimId, version: 1 }))
      await (await transaction(house.pool, (tx) => house.stage.release(tx, ended)))()
    },
  }
})

test('buyers of one segment get the units of all, by stealing, and not one more', async () => {
  const { saleId, stage, segments } = await openSale({ units: 40, limitPerUser: 1 })
  const claims = Array.from({ length: 60 }, () => claimOf(saleId, buyerOf(segments, 2), 'k'))
  const words = (await Promise.all(claims.map((claim) => stage.claim([claim], soon())))).flat().map(word)
  assert.equal(words.filter((each) => each === 'won').length, 40)
  assert.equal(words.filter((each) => each === 'sold-out').length, 20)
  assert.deepEqual(await rows(saleId), { units: 40, available: 0 })
  const books = await audit(house.pool, saleId)
  assert.deepEqual([books?.initial, books?.reserved, books?.consistent], [40, 40, true])
})

test('a thief that dies after taking from the view leaves no unit lost', async () => {
  const { saleId, stage, segments } = await openSale({ units: 8, limitPerUser: 1 })
  const [source] = segments as [string]
  const view = await house.gate.look(source)
  assert.ok(view && (await house.gate.shift(source, view.epoch, -2)))
  const reconciler = house.reconcile()
  await until(async () => (await house.gate.look(source))?.left === 2, 'the view shows what its row has')
  await reconciler.close()
  const claims = Array.from({ length: 8 }, () => claimOf(saleId, buyerOf(segments, 1), 'k'))
  assert.ok((await stage.claim(claims, soon())).every((verdict) => word(verdict) === 'won'))
})

test('a thief that dies between row and view leaves no unit lost', async () => {
  const { saleId, stage, segments } = await openSale({ units: 8, limitPerUser: 1 })
  const [source, target] = segments as [string, string]
  const view = await house.gate.look(source)
  assert.ok(view && (await house.gate.shift(source, view.epoch, -2)))
  assert.ok(await house.ledger.move(source, target, 2))
  assert.deepEqual(await rows(saleId), { units: 8, available: 8 })
  const reconciler = house.reconcile()
  await until(async () => (await house.gate.look(target))?.left === 4, 'the view shows what its row has')
  await reconciler.close()
  const claims = Array.from({ length: 9 }, () => claimOf(saleId, buyerOf(segments, 3), 'k'))
  const words = (await stage.claim(claims, soon())).map(word)
  assert.equal(words.filter((each) => each === 'won').length, 8)
})

test('units cannot be moved that are not there, and moving keeps the sum', async () => {
  const { saleId, segments } = await openSale({ units: 8 })
  const [source, target] = segments as [string, string]
  assert.equal(await house.ledger.move(source, target, 3), false)
  assert.equal(await house.ledger.move(source, target, 2), true)
  assert.equal(await house.ledger.move(source, target, 1), false)
  assert.deepEqual(await rows(saleId), { units: 8, available: 8 })
})

test('paid and refunded units move in the segment they came from, and a revived claim takes them there', async () => {
  const { saleId, stage, segments } = await openSale({ units: 8, limitPerUser: 1 })
  const tell = openTelling(house.pool, stage)
  const revive = openRevive(house)
  const [one, other] = [1, 1].map((number) => claimOf(saleId, buyerOf(segments, number), 'k'))
  assert.ok(one && other)
  await stage.claim([one, other], soon())
  await tell(eventOf('order.expired', one, 1), eventOf('order.paid', other, 1))
  assert.deepEqual(await revive([revivalOf(one, 1)], soon()), [true])
  const home = segments[1] as string
  const { rows: counted } = await house.pool.query(
    'SELECT available, reserved, sold FROM sale WHERE sale_id = $1',
    [home],
  )
  assert.deepEqual(
    [counted[0], (await house.gate.look(home))?.left],
    [{ available: 0, reserved: 1, sold: 1 }, 0],
  )
  await tell(eventOf('order.refunded', other, 2), eventOf('order.expired', one, 2))
  const books = await audit(house.pool, saleId)
  assert.deepEqual([books?.available, books?.consistent, (await house.gate.look(home))?.left], [8, true, 2])
})

test('a revived claim gets units of other segments, as long as there are enough in all', async () => {
  const { saleId, stage, segments } = await openSale({ units: 8, limitPerUser: 5 })
  const revive = openRevive(house)
  const of = (number: number, quantity: number) =>
    units(quantity, claimOf(saleId, buyerOf(segments, number), 'k'))
  const sell = async (claim: Claim) => assert.equal(word((await stage.claim([claim], soon()))[0]), 'won')
  const claims = [of(1, 2), of(1, 2)] as const
  for (const claim of claims) {
    await sell(claim)
    await openTelling(house.pool, stage)(eventOf('order.expired', claim, 1))
  }
  await sell(of(1, 2))
  assert.equal((await house.gate.look(segments[1] as string))?.left, 0)
  assert.deepEqual(await revive([revivalOf(claims[0], 1)], soon()), [true])
  await sell(of(0, 3))
  assert.deepEqual(await revive([revivalOf(claims[1], 1)], soon()), [false])
  const books = await audit(house.pool, saleId)
  assert.deepEqual([books?.available, books?.reserved, books?.consistent], [1, 7, true])
  const views = await Promise.all(segments.map((segment) => house.gate.look(segment)))
  assert.equal(
    views.reduce((sum, view) => sum + (view?.left ?? 0), 0),
    1,
  )
})

test('with the view of another segment missing, a revival is put off until it is there', async () => {
  const { saleId, stage, segments } = await openSale({ units: 4, limitPerUser: 1 })
  const revive = openRevive(house)
  const [claim, next] = [1, 1].map((number) => claimOf(saleId, buyerOf(segments, number), 'k'))
  assert.ok(claim && next)
  await stage.claim([claim], soon())
  await openTelling(house.pool, stage)(eventOf('order.expired', claim, 1))
  await stage.claim([next], soon())
  const others = segments.filter((_, i) => i !== 1)
  await house.gate.redis.del(...others.map((segment) => `sale:{${segment}}:gate`))
  const ask = async () => String(await revive([revivalOf(claim, 1)], soon()))
  const answers = new Set<string>()
  await until(async () => answers.add(await ask()).has('true'), 'it is held again')
  assert.ok(!answers.has('false'))
})

test('a segment is no sale: nobody buys from it by its own id, and nobody reads it', async () => {
  const { saleId, segments } = await openSale({ units: 8, limitPerUser: 1 })
  // Only the hybrid decides here, and no queue is worked on.
  const placeOrder = { work: () => ({ close: () => Promise.resolve() }) }
  const stages = new Stages(house.pool, { ...house.deps, placeOrder } as unknown as StageDeps)
  const [, segment] = segments as [string, string]
  const buyer = newId()
  const claims = [claimOf(saleId, buyer, 'k'), claimOf(segment, buyer, 'k'), claimOf(newId(), buyer, 'k')]
  const verdicts = await stages.claim(claims, soon())
  assert.deepEqual(verdicts.map(word), ['won', 'unknown-sale', 'unknown-sale'])
  assert.equal(await house.sales.get(segment), undefined)
  const won = verdicts[0]
  assert.ok(won && 'won' in won && won.won.saleId === saleId)
  assert.equal((await stages.shelf(saleId))?.left, 7)
  await stages.close()
})

test('with a view missing, an empty segment does not say that all is sold out', async () => {
  const { saleId, stage, segments } = await openSale({ units: 4, limitPerUser: 1 })
  const [first, second] = segments as [string, string]
  await stage.claim([claimOf(saleId, buyerOf(segments, 0), 'k')], soon())
  await house.gate.redis.del(`sale:{${second}}:gate`)
  const [verdict] = await stage.claim([claimOf(saleId, buyerOf(segments, 0), 'k')], soon())
  assert.equal(word(verdict), 'gate-closed')
  assert.equal((await house.gate.look(first))?.left, 0)
})

test('an operator and a rush on all segments do not wait for each other in a circle', async () => {
  const { saleId, stage } = await openSale({ units: 400, limitPerUser: 1 })
  const claims = Array.from({ length: 400 }, () => claimOf(saleId, newId(), 'k'))
  const endsAt = new Date(Date.now() + 7_200_000).toISOString()
  const operator = async () => {
    for (let i = 0; i < 30; i++) await house.sales.change(saleId, { endsAt, addUnits: 1 })
  }
  const [verdicts] = await Promise.all([
    Promise.all(claims.map((claim) => stage.claim([claim], soon()))),
    operator(),
    operator(),
  ])
  assert.ok(verdicts.flat().every((verdict) => word(verdict) !== 'busy'))
  assert.equal((await rows(saleId)).units, 460)
})

test('a sale that is forgotten for the sake of a new one is still known to the batch that asks for both', async () => {
  const placeOrder = { work: () => ({ close: () => Promise.resolve() }) }
  const stages = new Stages(house.pool, { ...house.deps, placeOrder } as unknown as StageDeps)
  const [known, fresh] = [await house.openSale(), await house.openSale()]
  assert.deepEqual((await stages.claim([claimOf(known, newId(), 'k')], soon())).map(word), ['won'])
  const { rows: others } = await house.pool.query<{ saleId: string }>(
    `INSERT INTO sale (sale_id, title, sku, units, available, price_cents, currency, starts_at, ends_at,
       limit_per_user, payment_window_seconds, stage, variant)
     SELECT uuidv7(), 't', 's', 0, 0, 0, 'EUR', now() - interval '3 hours', now() - interval '2 hours', 1, 1,
       'hybrid', 'guarded' FROM generate_series(1, 9999) RETURNING sale_id AS "saleId"`,
  )
  const ended = others.map(({ saleId }) => ({
    orderId: newId(),
    saleId,
    userId: newId(),
    quantity: 1,
    version: 1,
  }))
  await transaction(house.pool, (tx) => stages.release(tx, ended))
  const claims = [known, fresh].map((saleId) => claimOf(saleId, newId(), 'k'))
  assert.deepEqual((await stages.claim(claims, soon())).map(word), ['won', 'won'])
  await stages.close()
})
