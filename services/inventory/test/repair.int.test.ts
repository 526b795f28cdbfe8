import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { claimOf, openFixture, units, until, word } from './fixture.ts'

const world = await openFixture()
const { gate, ledger, sales, stage, pool, openSale, books, rebuild, reconcile } = world
const soon = () => performance.now() + 10_000

/** Takes units in the gate only, as a process does that dies before the ledger. */
async function takeAndDie(saleId: string, quantity = 1) {
  const claim = units(quantity, claimOf(saleId, newId(), 'dead'))
  const answer = await gate.take(saleId, [claim])
  const taken = answer?.taken[0]
  assert.ok(answer && taken && 'stamp' in taken)
  return { claim, epoch: answer.epoch, stamp: taken.stamp }
}

test('units taken by a process that died before the ledger come back', async () => {
  const saleId = await openSale({ units: 2 })
  await takeAndDie(saleId, 2)
  assert.equal(word((await stage.claim([claimOf(saleId, newId(), 'k')], soon()))[0]), 'sold-out')
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 2, 'the units are back')
  await reconciler.close()
  assert.equal(word((await stage.claim([units(2, claimOf(saleId, newId(), 'k'))], soon()))[0]), 'won')
})

test('a batch that wakes after its claims were voided and resold finds the void and loses', async () => {
  const saleId = await openSale({ units: 1 })
  const paused = await takeAndDie(saleId)
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 1, 'the unit is back')
  await reconciler.close()
  assert.equal(word((await stage.claim([claimOf(saleId, newId(), 'k')], soon()))[0]), 'won')
  assert.deepEqual(await ledger.enter([paused]), [{ lost: 'void' }])
  assert.deepEqual(await books(saleId), { available: 0, reserved: 1, held: 1, used: 1 })
})

test('a voided wish may be made again with the same key, and its old batch changes nothing', async () => {
  const saleId = await openSale({ units: 5 })
  const paused = await takeAndDie(saleId)
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 5, 'the unit is back')
  await reconciler.close()
  assert.equal(word((await stage.claim([paused.claim], soon()))[0]), 'won')
  const [late] = await ledger.enter([paused])
  assert.ok(late && 'held' in late, 'the old batch meets the same wish, held since')
  assert.deepEqual(await books(saleId), { available: 4, reserved: 1, held: 1, used: 1 })
})

test('claims that did commit are confirmed, not voided', async () => {
  const saleId = await openSale({ units: 5 })
  const entry = await takeAndDie(saleId)
  await ledger.enter([entry])
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.pending === 0, 'nothing is pending')
  await reconciler.close()
  assert.equal((await gate.look(saleId))?.left, 4)
  assert.deepEqual(await books(saleId), { available: 4, reserved: 1, held: 1, used: 1 })
})

test('a batch taken in an older view is refused whole, and its neighbours of other sales are not', async () => {
  const [saleId, other] = [await openSale({ units: 5 }), await openSale({ units: 5 })]
  const [old, fine] = [await takeAndDie(saleId), await takeAndDie(other)]
  await rebuild(saleId, 'test')
  const [first, second] = await ledger.enter([old, fine])
  assert.deepEqual(first, { lost: 'stale' })
  assert.ok(second && 'held' in second)
  assert.deepEqual(await books(saleId), { available: 5, reserved: 0, held: 0, used: 0 })
})

test('a view that is lost is rebuilt from the ledger by the next claim, with its limits and its old answers', async () => {
  const saleId = await openSale({ units: 3, limitPerUser: 1 })
  const first = claimOf(saleId, newId(), 'k')
  const [won] = await stage.claim([first], soon())
  await gate.redis.del(...(await gate.redis.keys(`sale:{${saleId}}:*`)))
  await until(async () => word((await stage.claim([first], soon()))[0]) === 'won', 'the gate is open again')
  assert.deepEqual((await stage.claim([first], soon()))[0], won)
  assert.equal(word((await stage.claim([claimOf(saleId, first.userId, 'more')], soon()))[0]), 'limit')
  assert.equal((await gate.look(saleId))?.left, 2)
})

for (const part of ['users', 'claims']) {
  test(`a view that lost its ${part} is found damaged and rebuilt`, async () => {
    const saleId = await openSale({ units: 3, limitPerUser: 1 })
    const first = claimOf(saleId, newId(), 'k')
    await stage.claim([first], soon())
    await gate.redis.del(`sale:{${saleId}}:${part}`)
    const again = () => stage.claim([claimOf(saleId, first.userId, 'more')], soon())
    assert.equal(word((await again())[0]), 'gate-closed')
    await until(async () => word((await again())[0]) === 'limit', 'the gate is open again')
  })
}

test('a view restored from an old copy is found rolled back and rebuilt', async () => {
  const saleId = await openSale({ units: 5, limitPerUser: 5 })
  const names = ['gate', 'users', 'claims', 'pending', 'prints'].map((name) => `sale:{${saleId}}:${name}`)
  const copy = await Promise.all(names.map((name) => gate.redis.dumpBuffer(name)))
  await stage.claim([units(4, claimOf(saleId, newId(), 'k'))], soon())
  await gate.redis.del(...names)
  for (const [i, name] of names.entries()) if (copy[i]) await gate.redis.restore(name, 0, copy[i])
  assert.equal((await gate.look(saleId))?.left, 5, 'the old copy stands')
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 1, "the view is the ledger's")
  await reconciler.close()
})

test('a view that gives more than there is never oversells: the ledger refuses and the view is rebuilt', async () => {
  const saleId = await openSale({ units: 2, limitPerUser: 1 })
  await gate.redis.hset(`sale:{${saleId}}:gate`, 'left', 50)
  const claims = Array.from({ length: 20 }, () => claimOf(saleId, newId(), 'k'))
  const words = (await stage.claim(claims, soon())).map(word)
  assert.equal(words.filter((each) => each === 'won').length, 2)
  await until(async () => (await gate.look(saleId))?.left === 0, 'the view is right again')
  assert.deepEqual(await books(saleId), { available: 0, reserved: 2, held: 2, used: 2 })
})

test('a view that forgot who bought never lets a buyer beyond the limit', async () => {
  const saleId = await openSale({ units: 9, limitPerUser: 1 })
  const buyer = newId()
  await stage.claim([claimOf(saleId, buyer, 'first')], soon())
  await gate.redis.hset(`sale:{${saleId}}:users`, buyer, 0)
  const [second, other] = await stage.claim(
    [claimOf(saleId, buyer, 'second'), claimOf(saleId, newId(), 'k')],
    soon(),
  )
  assert.deepEqual([word(second), word(other)], ['limit', 'won'])
  assert.deepEqual(await books(saleId), { available: 7, reserved: 2, held: 2, used: 2 })
})

/** Gives a view of a sale of nine so many units, and waits until it has what the ledger has. */
async function driftTo(left: number): Promise<void> {
  const saleId = await openSale({ units: 9 })
  await gate.redis.hset(`sale:{${saleId}}:gate`, 'left', left)
  const reconciler = reconcile()
  await until(async () => (await gate.look(saleId))?.left === 9, 'the view has what the ledger has')
  await reconciler.close()
}

test('units that drifted away from the view are brought back from the ledger', () => driftTo(4))

test('units that a view has beyond those of the ledger are taken out of it', () => driftTo(12))

test('units that drifted away are brought back while the sale goes on selling', async () => {
  const saleId = await openSale({ units: 100_000, limitPerUser: 1 })
  await gate.redis.hincrby(`sale:{${saleId}}:gate`, 'left', -3)
  const { epoch = 0 } = (await gate.look(saleId)) ?? {}
  let isOver = false
  const selling = (async () => {
    while (!isOver) await stage.claim([claimOf(saleId, newId(), 'k')], soon())
  })()
  const reconciler = reconcile(60_000)
  try {
    await until(async () => ((await gate.look(saleId))?.epoch ?? 0) > epoch, 'the view is made anew')
  } finally {
    isOver = true
    await selling
  }
  const agree = async () => (await gate.look(saleId))?.left === (await sales.get(saleId))?.available
  await until(agree, 'gate and ledger agree')
  await reconciler.close()
})

test('units sold between a look at a sale and one at its view are not taken for lacking', async () => {
  const saleId = await openSale({ units: 50, limitPerUser: 1 })
  const { epoch } = (await gate.look(saleId)) ?? {}
  let sold = 0
  const current: typeof sales.current = async (afterId, most) => {
    const read = await sales.current(afterId, most)
    if (sold < 10 && word((await stage.claim([claimOf(saleId, newId(), 'k')], soon()))[0]) === 'won') sold++
    return read
  }
  const reconciler = reconcile(60_000, { sales: { ...sales, current } })
  await until(async () => sold === 10, 'ten are sold')
  await reconciler.close()
  assert.equal((await gate.look(saleId))?.epoch, epoch)
})

test('a release and a void of the same claim, and a release sent twice, return its units once', async () => {
  const saleId = await openSale({ units: 5 })
  const claim = claimOf(saleId, newId(), 'k')
  await stage.claim([claim], soon())
  const ended = [{ orderId: claim.claimId, saleId, userId: claim.userId, quantity: 1, version: 1 }]
  const undo = await Promise.all(
    Array.from({ length: 5 }, () => transaction(pool, (tx) => stage.release(tx, ended))),
  )
  for (const afterCommit of undo) await afterCommit()
  await ledger.voidClaims(saleId, [
    { claimId: claim.claimId, stamp: Number.MAX_SAFE_INTEGER, userId: claim.userId },
  ])
  assert.deepEqual(await books(saleId), { available: 5, reserved: 0, held: 0, used: 0 })
  assert.equal((await gate.look(saleId))?.left, 5)
})

test('when all views are lost at once they are all rebuilt, though they are more than the connections', async () => {
  const saleIds = await Promise.all(Array.from({ length: 40 }, () => openSale({ units: 5 })))
  const keys = await Promise.all(saleIds.map((saleId) => gate.redis.keys(`sale:{${saleId}}:*`)))
  await gate.redis.del(...keys.flat())
  const claims = saleIds.map((saleId) => claimOf(saleId, newId(), 'k'))
  await stage.claim(claims, soon())
  await until(
    async () => (await stage.claim(claims, soon())).every((each) => word(each) === 'won'),
    'all are open',
  )
})

test('a pause that never reached the gate is carried there, and so is a closing', async () => {
  const saleId = await openSale({ units: 5 })
  const reconciler = reconcile()
  for (const operation of ['pause', 'resume', 'close'] as const) {
    const sale = await sales.operate(saleId, operation)
    await until(
      async () => (await gate.look(saleId))?.state === sale?.status,
      `the gate knows of ${operation}`,
    )
  }
  await reconciler.close()
  assert.equal(word((await stage.claim([claimOf(saleId, newId(), 'k')], soon()))[0]), 'not-open')
})

test('a void of an earlier stamp leaves the same wish, made anew, to be settled', async () => {
  const saleId = await openSale({ units: 5 })
  const first = await takeAndDie(saleId)
  const { claimId } = first.claim
  await gate.free(saleId, 'void', [{ claimId, stamp: first.stamp }])
  const answer = await gate.take(saleId, [first.claim])
  assert.ok(answer?.taken[0] && 'stamp' in answer.taken[0] && answer.taken[0].stamp > first.stamp)
  await gate.free(saleId, 'void', [{ claimId, stamp: first.stamp }])
  const look = await gate.look(saleId)
  assert.deepEqual([look?.left, look?.pending], [4, 1])
})

test('the keys of a view end some time after its sale', async () => {
  const saleId = await openSale({ units: 5 })
  await stage.claim([claimOf(saleId, newId(), 'k')], soon())
  const keys = await gate.redis.keys(`sale:{${saleId}}:*`)
  assert.ok(keys.length >= 4)
  for (const key of keys) assert.ok((await gate.redis.pttl(key)) > 0, key)
})
