import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { openAsyncWorld } from './async-world.ts'
import { claimOf, HOUR, holdUntilAll, units, until } from './fixture.ts'

const buyersOf = (saleId: string, count: number) =>
  Array.from({ length: count }, () => claimOf(saleId, newId(), 'key'))
const count = (words: readonly string[], word: string) => words.filter((each) => each === word).length

test('async, naive: asking for stock and buyer at once is still look-then-act', async () => {
  const { stage, openSale, ask } = await openAsyncWorld('naive', { between: holdUntilAll(5) })
  const saleId = await openSale({ units: 1 })
  assert.deepEqual(await ask(buyersOf(saleId, 5)), ['won', 'won', 'won', 'won', 'won'])
  assert.deepEqual(await stage.count(saleId), { left: -4, won: 5 })
})

describe('async, guarded', () => {
  const opening = openAsyncWorld('guarded')

  test('of 2,000 wishes for one unit exactly one is queued, and becomes a reservation', async () => {
    const { openSale, ask, settled, stage } = await opening
    const saleId = await openSale({ units: 1, limitPerUser: 1 })
    const asked = buyersOf(saleId, 2_000).map((claim) => ask([claim]))
    const words = (await Promise.all(asked)).flat()
    assert.equal(count(words, 'queued'), 1)
    assert.equal(count(words, 'sold-out'), 1_999)
    await settled()
    assert.deepEqual(await stage.count(saleId), { left: 0, won: 1 })
  })

  test('a limit of one, twenty tries at once of each of fifty buyers: one unit each', async () => {
    const { openSale, ask, settled, stage } = await opening
    const saleId = await openSale({ units: 1_000, limitPerUser: 1 })
    const tries = Array.from({ length: 50 }, newId).flatMap((buyer) =>
      Array.from({ length: 20 }, (_, i) => claimOf(saleId, buyer, `try-${i}`)),
    )
    const words = (await Promise.all(tries.map((claim) => ask([claim])))).flat()
    assert.equal(count(words, 'queued'), 50)
    assert.equal(count(words, 'limit'), 950)
    await settled()
    assert.deepEqual(await stage.count(saleId), { left: 950, won: 50 })
  })

  test('one claim sent fifty times at once is one reservation, told once; sent later, it has won', async () => {
    const { openSale, ask, settled, stage, told } = await opening
    const saleId = await openSale({ units: 100, limitPerUser: 10 })
    const claim = units(2, claimOf(saleId, newId(), 'key'))
    const before = await told()
    const words = (await Promise.all(Array.from({ length: 50 }, () => ask([claim])))).flat()
    assert.ok(
      words.every((word) => word === 'queued' || word === 'won'),
      words.join(),
    )
    await settled()
    assert.deepEqual(await stage.count(saleId), { left: 98, won: 2 })
    assert.equal((await told()) - before, 1)
    assert.deepEqual(await ask([claim]), ['won'])
    assert.deepEqual(await ask([units(1, claim)]), ['key-reused'])
  })

  test('a wish can be looked at by its buyer alone', async () => {
    const { openSale, ask, settled, placeOrder } = await opening
    const saleId = await openSale()
    const [claim] = buyersOf(saleId, 1) as [Claim]
    assert.deepEqual(await ask([claim]), ['queued'])
    const { claimId, userId, traceId } = claim
    const { queuedAt, decidedAt = queuedAt, ...wish } = (await placeOrder.look(claimId, userId)) ?? {}
    assert.deepEqual(wish, { claimId, saleId, quantity: 1, traceId })
    assert.ok(queuedAt && decidedAt && decidedAt >= queuedAt)
    assert.equal(await placeOrder.look(claimId, newId()), undefined)
    assert.equal(await placeOrder.look(newId(), userId), undefined)
    await settled()
  })

  test('released units are sold again, once, and a repeated key gets its old answer', async () => {
    const { openSale, ask, settled, release, stage } = await opening
    const saleId = await openSale({ units: 1, limitPerUser: 1 })
    const [first, second] = buyersOf(saleId, 2) as [Claim, Claim]
    assert.deepEqual(await ask([first, second]), ['queued', 'sold-out'])
    await settled()
    await release([first])
    await release([first])
    assert.deepEqual(await stage.count(saleId), { left: 1, won: 0 })
    assert.deepEqual(await ask([second, ...buyersOf(saleId, 1)]), ['queued', 'sold-out'])
    await settled()
    assert.deepEqual(await ask([first]), ['won'])
    assert.deepEqual(await stage.count(saleId), { left: 0, won: 1 })
  })

  test('more units are more wishes; before the start and in an unknown sale there are none', async () => {
    const { openSale, ask, stage, sales } = await opening
    const saleId = await openSale({ units: 0 })
    assert.deepEqual(await ask(buyersOf(saleId, 1)), ['sold-out'])
    const sale = await sales.get(saleId)
    assert.ok(sale)
    await stage.change(sale, 2)
    assert.deepEqual(await ask(buyersOf(saleId, 3)), ['queued', 'queued', 'sold-out'])
    const later = await openSale({ startsAt: new Date(Date.now() + HOUR / 2).toISOString() })
    assert.deepEqual(await ask(buyersOf(later, 1)), ['not-open'])
    assert.deepEqual(await ask(buyersOf(newId(), 1)), ['unknown-sale'])
  })

  test('the gate promised too much: the shelf has the last word, and its word is kept', async () => {
    const { openSale, ask, settled, stage, placeOrder, wishes } = await opening
    const saleId = await openSale({ units: 1, limitPerUser: 1 })
    await wishes.add(saleId, 4)
    const claims = buyersOf(saleId, 5)
    assert.deepEqual(new Set(await ask(claims)), new Set(['queued']))
    await settled()
    assert.deepEqual(await stage.count(saleId), { left: 0, won: 1 })
    const ends = await Promise.all(claims.map((each) => placeOrder.look(each.claimId, each.userId)))
    assert.equal(ends.filter((wish) => wish?.refused === 'sold-out').length, 4)
    assert.equal(count(await ask(claims), 'sold-out'), 4)
    assert.deepEqual(await ask(buyersOf(saleId, 1)), ['sold-out'])
  })

  test('a wish on its way into the queue is no difference between gate and books', async () => {
    const { openSale, ask, another, settled, placeOrder, stage } = await opening
    const saleId = await openSale({ units: 1, limitPerUser: 1 })
    const slowly = async (claims: readonly Claim[]) => {
      await new Promise((later) => setTimeout(later, 1_300))
      await placeOrder.add(claims)
    }
    const slow = another({ placeOrder: { ...placeOrder, add: slowly } })
    const [claim, other] = buyersOf(saleId, 2) as [Claim, Claim]
    const wish = ask([claim], slow)
    for (let i = 0; i < 12; i++) {
      await new Promise((later) => setTimeout(later, 100))
      assert.deepEqual(await ask([other]), ['sold-out'])
    }
    assert.deepEqual(await wish, ['queued'])
    await settled()
    assert.deepEqual(await stage.count(saleId), { left: 0, won: 1 })
    await slow.close()
  })

  test('the gate lost a unit: it is found, and sold', async () => {
    const { openSale, ask, settled, stage, wishes } = await opening
    const saleId = await openSale({ units: 3, limitPerUser: 1 })
    await wishes.add(saleId, -1)
    assert.deepEqual(await ask(buyersOf(saleId, 3)), ['queued', 'queued', 'sold-out'])
    const sold = async () => (await ask(buyersOf(saleId, 1))).includes('queued')
    await until(sold, 'the last unit is on sale again', 20_000)
    await settled()
    assert.deepEqual(await stage.count(saleId), { left: 0, won: 3 })
  })
})
