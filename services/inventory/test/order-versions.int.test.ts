import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import fc from 'fast-check'
import { audit } from '../src/adapters/audit-postgres.ts'
import type { OrderTopic } from '../src/consumers/order-changed.ts'
import { toSale } from '../src/domain/sale.ts'
import { openDatabase } from '../src/stages/database.ts'
import { openRevive } from '../src/stages/revive.ts'
import { claimOf, openFixture, openStory, units, word } from './fixture.ts'
import { eventOf, openTelling, revivalOf, rowOf } from './orders-world.ts'

const house = await openFixture()
const story = await openStory((deps) => openDatabase(deps, 'unit-rows'))

/** What a stage of the story has no use for. */
const gateOf = ({ gate, ledger, rebuild, log }: typeof house) => ({ gate, ledger, rebuild, log })

const WORLDS = [
  { name: 'hybrid', ...house, revives: true },
  { name: 'unit-rows', ...story, ...gateOf(house), revives: false },
]

const UNITS = 5
const QUANTITY = 2

interface Told {
  readonly topic: OrderTopic
  readonly version: number
}
type Step = { readonly revive: number } | { readonly tell: readonly Told[] }
interface Row {
  readonly state: 'held' | 'sold' | 'released'
  readonly version: number
}

const version = fc.nat({ max: 6 })
const topic = fc.constantFrom('order.paid', 'order.cancelled', 'order.expired', 'order.refunded')
const told = fc.record({ topic, version })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ tell: fc.array(told, { minLength: 1, maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ revive: version }) },
)

/** What a reservation makes of it all, in a dozen lines: the greater version has the last word. */
function after(row: Row, step: Step, revives: boolean): Row {
  if ('revive' in step) {
    if (step.revive < row.version) return row
    if (row.state !== 'released') return { ...row, version: step.revive }
    return revives ? { state: 'held', version: step.revive } : row
  }
  const last = (paid: boolean) =>
    Math.max(
      -1,
      ...step.tell.filter((one) => (one.topic === 'order.paid') === paid).map((one) => one.version),
    )
  const [paid, ended] = [last(true), last(false)]
  const sold: Row =
    paid > row.version ? { state: row.state === 'held' ? 'sold' : row.state, version: paid } : row
  return ended > sold.version ? { state: 'released', version: ended } : sold
}

for (const { name, stage, pool, sales, openSale, revives, ...means } of WORLDS) {
  const { gate } = means
  const tell = openTelling(pool, stage)
  const revive = openRevive({ pool, ...means })

  async function openWon(): Promise<Claim> {
    const saleId = await openSale({ units: UNITS, limitPerUser: QUANTITY })
    const claim = units(QUANTITY, claimOf(saleId, newId(), 'key'))
    const [verdict] = await stage.claim([claim], performance.now() + 20_000)
    assert.equal(word(verdict), 'won')
    return claim
  }

  /** Answers what a revival was answered. */
  async function take(claim: Claim, each: Step): Promise<boolean | null | undefined> {
    if ('revive' in each) {
      const answer = await revive([revivalOf(claim, each.revive)], performance.now() + 20_000)
      return answer[0]
    }
    await tell(...each.tell.map((one) => eventOf(one.topic, claim, one.version)))
    return undefined
  }

  async function assertBooks(claim: Claim, row: Row): Promise<void> {
    assert.deepEqual(await rowOf(pool, claim), row)
    const won = row.state === 'released' ? 0 : QUANTITY
    assert.deepEqual(await stage.count(claim.saleId), { left: UNITS - won, won })
    const books = await audit(pool, claim.saleId)
    const counted = [books?.available, books?.reserved, books?.sold, books?.consistent]
    const [held, sold] = [row.state === 'held' ? won : 0, row.state === 'sold' ? won : 0]
    assert.deepEqual(counted, [UNITS - won, held, sold, true])
    if (revives) assert.equal((await gate.look(claim.saleId))?.left, UNITS - won)
  }

  test(`${name}: however events and revivals come, the greatest version counts and the books balance`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const claim = await openWon()
        let row: Row = { state: 'held', version: 0 }
        for (const each of steps) {
          row = after(row, each, revives)
          const held = await take(claim, each)
          if ('revive' in each) assert.equal(held, row.state !== 'released' && row.version === each.revive)
          await assertBooks(claim, row)
        }
      }),
      { numRuns: 60 },
    )
  })

  test(`${name}: in all orders of a life that ended in a refund the units are back, once`, async () => {
    const life: Step[] = [
      { tell: [{ topic: 'order.expired', version: 1 }] },
      { revive: 1 },
      { tell: [{ topic: 'order.paid', version: 2 }] },
      { tell: [{ topic: 'order.refunded', version: 3 }] },
    ]
    for (const order of permutations(life)) {
      const claim = await openWon()
      for (const each of [...order, ...order]) await take(claim, each)
      await assertBooks(claim, { state: 'released', version: 3 })
    }
  })

  test(`${name}: told at once, in batches that overlap, all orders of a sale come to their last version`, async () => {
    const saleId = await openSale({ units: 200, limitPerUser: 10 })
    const buyers = Array.from({ length: 20 }, newId)
    const claims = buyers.flatMap((buyer) =>
      ['a', 'b', 'c', 'd', 'e'].map((key) => claimOf(saleId, buyer, key)),
    )
    const verdicts = await stage.claim(claims, performance.now() + 20_000)
    assert.ok(verdicts.every((verdict) => word(verdict) === 'won'))
    const batches = [0, 20, 40, 60, 80].flatMap((start) => {
      const some = shuffled(claims).slice(start)
      const refunded = some.filter((_, i) => i % 2 === 0).map((claim) => eventOf('order.refunded', claim, 3))
      return [some.map((claim) => eventOf('order.paid', claim, 2)), refunded]
    })
    const addUnit = async () => {
      const sale = await sales.change(saleId, { addUnits: 1 })
      if (sale) await stage.change(sale, 1)
    }
    await Promise.all([...batches.map((batch) => tell(...batch)), addUnit(), addUnit(), addUnit()])
    const refunded = new Set(
      batches.flat().flatMap(({ type, subject }) => (type === 'order.paid' ? [] : [subject])),
    )
    for (const claim of claims) {
      const isRefunded = refunded.has(claim.claimId)
      const row = isRefunded ? { state: 'released', version: 3 } : { state: 'sold', version: 2 }
      assert.deepEqual(await rowOf(pool, claim), row)
    }
    const books = await audit(pool, saleId)
    const counted = [books?.available, books?.reserved, books?.sold, books?.consistent]
    assert.deepEqual(counted, [refunded.size + 103, 0, 100 - refunded.size, true])
    if (revives) assert.equal((await gate.look(saleId))?.left, refunded.size + 103)
  })
}

test('sold units are gone: for the sale, for its view made anew, for other buyers and for the limit', async () => {
  const { stage, pool, gate, sales, rebuild, openSale } = house
  const saleId = await openSale({ units: 1, limitPerUser: 1 })
  const claim = claimOf(saleId, newId(), 'k')
  const ask = async (key: string, userId = claim.userId) =>
    word((await stage.claim([claimOf(saleId, userId, key)], performance.now() + 20_000))[0])
  assert.equal(await ask('k'), 'won')
  const tell = openTelling(pool, stage)
  await tell(eventOf('order.paid', claim, 2))
  await rebuild(saleId, 'test')
  assert.equal((await gate.look(saleId))?.left, 0)
  assert.deepEqual([await ask('k'), await ask('more'), await ask('k', newId())], ['won', 'limit', 'sold-out'])
  const row = await sales.get(saleId)
  assert.ok(row)
  assert.equal(toSale(row, new Date()).state, 'sold_out')
  await tell(eventOf('order.refunded', claim, 3))
  assert.equal((await gate.look(saleId))?.left, 1)
})

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]))
}
