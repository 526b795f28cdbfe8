import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import type { Stage } from './stage.ts'

/** What the shared cases need of a stage's surroundings. */
export interface StageWorld {
  readonly stage: Stage
  openSale(given: { units: number; limitPerUser: number }): Promise<string>
  claimOf(saleId: string, userId: string, key: string): Claim
  release(claims: readonly Claim[]): Promise<void>
}

const WITHIN_MS = 20_000

/** What every guarded stage must do, whatever it is made of. */
export function stageCases(open: () => Promise<StageWorld>): void {
  const world = open()

  async function ask(claims: readonly Claim[]): Promise<string[]> {
    const { stage } = await world
    const verdicts = await stage.claim(claims, performance.now() + WITHIN_MS)
    return verdicts.map((verdict) => ('refused' in verdict ? verdict.refused : Object.keys(verdict).join()))
  }

  test('2,000 buyers at once for one unit: exactly one gets it', async () => {
    const { openSale, claimOf, stage } = await world
    const saleId = await openSale({ units: 1, limitPerUser: 1 })
    const words = await Promise.all(
      Array.from({ length: 2_000 }, () => ask([claimOf(saleId, newId(), 'key')])),
    )
    const flat = words.flat()
    assert.equal(flat.filter((word) => word === 'won').length, 1)
    assert.equal(flat.filter((word) => word === 'sold-out').length, 1_999)
    assert.deepEqual(await stage.count(saleId), { left: 0, won: 1 })
  })

  test('a limit of one, twenty tries at once of each of fifty buyers: one unit each', async () => {
    const { openSale, claimOf, stage } = await world
    const saleId = await openSale({ units: 1_000, limitPerUser: 1 })
    const buyers = Array.from({ length: 50 }, newId)
    const claims = buyers.flatMap((buyer) =>
      Array.from({ length: 20 }, (_, i) => claimOf(saleId, buyer, `try-${i}`)),
    )
    const words = (await Promise.all(claims.map((claim) => ask([claim])))).flat()
    assert.equal(words.filter((word) => word === 'won').length, 50)
    assert.equal(words.filter((word) => word === 'limit').length, 950)
    assert.deepEqual(await stage.count(saleId), { left: 950, won: 50 })
  })

  test('one claim sent fifty times at once is one claim', async () => {
    const { openSale, claimOf, stage } = await world
    const saleId = await openSale({ units: 100, limitPerUser: 10 })
    const claim = units(2, claimOf(saleId, newId(), 'key'))
    const words = (await Promise.all(Array.from({ length: 50 }, () => ask([claim])))).flat()
    assert.deepEqual(new Set(words), new Set(['won']))
    assert.deepEqual(await stage.count(saleId), { left: 98, won: 2 })
  })

  test('a claim sent at once with two quantities: one of them wins, every time it is sent', async () => {
    const { openSale, claimOf, stage } = await world
    const saleId = await openSale({ units: 100, limitPerUser: 10 })
    const one = claimOf(saleId, newId(), 'key')
    const sent = Array.from({ length: 40 }, (_, i) => units(1 + (i % 2), one))
    const words = (await Promise.all(sent.map((claim) => ask([claim])))).flat()
    const wins = sent.filter((_, i) => words[i] === 'won').map(({ quantity }) => quantity)
    assert.equal(wins.length, 20)
    assert.equal(new Set(wins).size, 1)
    assert.equal(words.filter((word) => word === 'key-reused').length, 20)
    assert.deepEqual(await stage.count(saleId), { left: 100 - (wins[0] ?? 0), won: wins[0] })
  })

  test('claims of one batch count together', async () => {
    const { openSale, claimOf, stage } = await world
    const saleId = await openSale({ units: 3, limitPerUser: 2 })
    const [one, two] = [newId(), newId()]
    const claims = [
      units(2, claimOf(saleId, one, 'a')),
      claimOf(saleId, one, 'b'),
      units(2, claimOf(saleId, two, 'a')),
      claimOf(saleId, two, 'b'),
    ]
    const words = await ask(claims)
    const unitsOf = (buyer: string) =>
      claims.reduce((sum, { userId, quantity }, i) => {
        return words[i] === 'won' && userId === buyer ? sum + quantity : sum
      }, 0)
    const won = unitsOf(one) + unitsOf(two)
    assert.ok(won >= 2 && won <= 3, words.join())
    assert.ok(unitsOf(one) <= 2 && unitsOf(two) <= 2, words.join())
    assert.deepEqual(await stage.count(saleId), { left: 3 - won, won })
  })

  test('released units are sold again, once, and the limit counts them no more', async () => {
    const { openSale, claimOf, release, stage } = await world
    const saleId = await openSale({ units: 1, limitPerUser: 1 })
    const first = claimOf(saleId, newId(), 'key')
    assert.deepEqual(await ask([first]), ['won'])
    assert.deepEqual(await ask([claimOf(saleId, newId(), 'key')]), ['sold-out'])
    await release([first])
    await release([first])
    assert.deepEqual(await stage.count(saleId), { left: 1, won: 0 })
    assert.deepEqual(await ask([claimOf(saleId, first.userId, 'again')]), ['won'])
    assert.deepEqual(await ask([claimOf(saleId, newId(), 'other')]), ['sold-out'])
  })

  test('a repeated key gets its old answer, even when its order is over and all is sold', async () => {
    const { openSale, claimOf, release, stage } = await world
    const saleId = await openSale({ units: 1, limitPerUser: 1 })
    const first = claimOf(saleId, newId(), 'key')
    const [before] = await stage.claim([first], performance.now() + WITHIN_MS)
    await release([first])
    assert.deepEqual(await ask([claimOf(saleId, newId(), 'key')]), ['won'])
    const [after] = await stage.claim([first], performance.now() + WITHIN_MS)
    assert.deepEqual(after, before)
    assert.deepEqual(await stage.count(saleId), { left: 0, won: 1 })
  })

  test('a sale nobody knows is unknown', async () => {
    const { claimOf } = await world
    assert.deepEqual(await ask([claimOf(newId(), newId(), 'key')]), ['unknown-sale'])
  })
}

function units(quantity: number, claim: Claim): Claim {
  return { ...claim, quantity }
}
