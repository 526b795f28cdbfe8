import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import type { SaleRow } from '../src/domain/sale.ts'
import type { ShelfDeps } from '../src/stages/shelf-stage.ts'
import { stageCases } from '../src/stages/stage.cases.ts'
import { openThreads } from '../src/stages/threads.ts'
import { claimOf, openStory, units, word } from './fixture.ts'

const soon = () => performance.now() + 20_000

for (const variant of ['guarded', 'mutex', 'queue'] as const) {
  describe(`threads, ${variant}`, () => {
    stageCases(() => openStory((deps) => openThreads(deps, variant)))
  })
}

test('threads, naive: four threads read the same unit, all four write, and four buyers get it', async () => {
  const { stage, openSale, witness } = await openStory((deps) => openThreads(deps, 'naive', 4))
  const saleId = await openSale({ units: 1 })
  const verdicts = await stage.claim(fourBuyers(saleId), soon())
  assert.deepEqual(verdicts.map(word), ['won', 'won', 'won', 'won'])
  assert.deepEqual(await stage.count(saleId), { left: -3, won: 4 })

  const sights = witness.tell(saleId).sights
  assert.deepEqual(
    sights.map(({ what, stock }) => `${what} ${stock}`),
    [...Array(4).fill('read 1'), ...Array(4).fill('write 0')],
  )
  const threads = new Set(sights.map(({ who }) => who))
  assert.deepEqual(threads, new Set(['thread 1', 'thread 2', 'thread 3', 'thread 4']))
})

test('threads, guarded: the same four buyers, and the replay shows each unit read and written once', async () => {
  const { stage, openSale, witness } = await openStory((deps) => openThreads(deps, 'guarded'))
  const saleId = await openSale({ units: 1 })
  const verdicts = await stage.claim(fourBuyers(saleId), soon())
  assert.deepEqual(verdicts.map(word).sort(), ['sold-out', 'sold-out', 'sold-out', 'won'])
  const written = witness.tell(saleId).sights.filter(({ what }) => what === 'write')
  assert.deepEqual(
    written?.map(({ stock }) => stock),
    [0],
  )
})

test('threads, mutex: who waits for the lock is counted', async () => {
  const { stage, openSale, witness } = await openStory((deps) => openThreads(deps, 'mutex'))
  const saleId = await openSale({ units: 300 })
  const claims = Array.from({ length: 300 }, () => claimOf(saleId, newId(), 'key'))
  // Each is a millisecond inside the lock: the claims come faster, or at least not always one by one.
  const verdicts = await stage.claim(claims, soon())
  assert.deepEqual(new Set(verdicts.map(word)), new Set(['won']))
  const { lockWaits, lockTimeouts } = witness.figures(saleId)
  assert.ok(lockWaits > 0 && lockWaits <= 300, `${lockWaits} waits`)
  assert.equal(lockTimeouts, 0)
})

for (const variant of ['guarded', 'mutex', 'queue'] as const) {
  describe(`threads, ${variant}, memory and books`, () => {
    test('a new process sells what the books say is left, and not what it only remembers', async () => {
      const { openSale, deps, stage } = await openAgainAndAgain()
      const saleId = await openSale({ units: 3 })
      const two = [claimOf(saleId, newId(), 'key'), claimOf(saleId, newId(), 'key')]
      assert.deepEqual((await stage.claim(two, soon())).map(word), ['won', 'won'])
      const next = openThreads(deps, variant)
      const words = (await next.claim(fourBuyers(saleId), soon())).map(word)
      assert.equal(words.filter((each) => each === 'won').length, 1)
      await next.close()
    })

    test('units that come back to a new process come back once', async () => {
      const { openSale, deps, stage, pool } = await openAgainAndAgain()
      const saleId = await openSale({ units: 3 })
      const mine = units(2, claimOf(saleId, newId(), 'key'))
      await stage.claim([mine, claimOf(saleId, newId(), 'key')], soon())
      const next = openThreads(deps, variant)
      const ended = [mine, mine].map(({ claimId, ...claim }) => ({ ...claim, orderId: claimId, version: 1 }))
      for (const _ of ended) await (await transaction(pool, (tx) => next.release(tx, ended)))()
      const words = (await next.claim(fourBuyers(saleId), soon())).map(word)
      assert.equal(words.filter((each) => each === 'won').length, 2)
      assert.deepEqual(await next.count(saleId), { left: 0, won: 3 })
      await next.close()
    })

    test('units in the hands of buyers over their limit go to one who waits for them', async () => {
      const { openSale, stage } = await openAgainAndAgain()
      const saleId = await openSale({ units: 22, limitPerUser: 2 })
      const before = Array.from({ length: 20 }, () => claimOf(saleId, newId(), 'key'))
      assert.ok((await stage.claim(before, soon())).every((verdict) => word(verdict) === 'won'))
      const greedy = before.map(({ userId }) => units(2, claimOf(saleId, userId, 'more')))
      const other = units(2, claimOf(saleId, newId(), 'key'))
      const words = (await stage.claim([...greedy, other], soon())).map(word)
      assert.equal(words.pop(), 'won')
      assert.deepEqual(await stage.count(saleId), { left: 0, won: 22 })
    })

    test('more units are put on sale once, and a unit whose entry failed is sold to the next', async () => {
      const { openSale, stage, pool, sales } = await openAgainAndAgain()
      const saleId = await openSale({ units: 1 })
      const unlucky = claimOf(saleId, newId(), 'key')
      await failEntriesOf(unlucky)
      assert.deepEqual((await stage.claim([unlucky], soon())).map(word), ['busy'])
      const sale = { ...((await sales.get(saleId)) as SaleRow), units: 3 }
      await stage.change(sale, 2)
      await stage.load(sale)
      const words = (await stage.claim(fourBuyers(saleId), soon())).map(word)
      assert.equal(words.filter((each) => each === 'won').length, 3)
      assert.deepEqual(await stage.count(saleId), { left: 0, won: 3 })

      async function failEntriesOf({ userId }: Claim): Promise<void> {
        await pool.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'no entry'; END $$`)
        await pool.query(`CREATE TRIGGER fail BEFORE INSERT ON reservation FOR EACH ROW
          WHEN (NEW.user_id = '${userId}') EXECUTE FUNCTION fail()`)
      }
    })
  })

  /** A story whose stage can be opened once more over the same books, as after a restart. */
  async function openAgainAndAgain() {
    let deps: ShelfDeps | undefined
    const story = await openStory((given) => {
      deps = given
      return openThreads(given, variant)
    })
    return { ...story, deps: deps as ShelfDeps }
  }
}

function fourBuyers(saleId: string): Claim[] {
  return Array.from({ length: 4 }, () => claimOf(saleId, newId(), 'key'))
}
