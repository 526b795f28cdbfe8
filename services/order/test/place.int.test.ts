import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { countsOf } from '@stampede/kit/testing/hop-counts'
import { keepSpansHere } from '@stampede/kit/testing/kept-spans'
import { keepWith } from '@stampede/kit/tracing/spans'
import { type Harness, newClaim, openHarness } from './harness.ts'
import { reserve } from './stand-in-inventory.ts'

describe('placing orders', () => {
  let house: Harness
  before(async () => {
    house = await openHarness()
  })
  after(() => house.close())

  const countRows = async (orderId: string) =>
    Number(
      (await house.sql.query('select count(*) from orders where order_id = $1', [orderId])).rows[0].count,
    )
  const countPlaced = async (orderId: string) =>
    (await house.told('order.placed')).filter(({ subject }) => subject === orderId).length

  test('of a wish that is repeated one order went through, however often it is written', async () => {
    const claim = newClaim()
    keepSpansHere()
    const before = countsOf('order rows')
    for (const _ of [1, 2, 3]) assert.ok('placed' in ((await house.place([claim]))[0] ?? {}))
    keepWith(undefined)
    const { times, items } = countsOf('order rows')
    assert.deepEqual([times - before.times, items - before.items], [3, 1])
  })

  test('whoever hears placed finds the order at once, and it was told once', async () => {
    const claim = newClaim({ quantity: 3 })
    const [result] = await house.place([claim])
    assert.ok(result && 'placed' in result)
    const { orderId, totalCents, currency, expiresAt, traceId } = result.placed
    assert.deepEqual(result.placed, {
      orderId: claim.claimId,
      state: 'pending',
      totalCents: 3 * 1999,
      currency: 'EUR',
      expiresAt,
      traceId: claim.traceId,
    })
    const order = await house.read(claim.userId, orderId)
    const { placedAt } = order
    const history = [{ state: 'pending', at: placedAt, cause: 'placed' }]
    const { saleId, quantity } = claim
    assert.deepEqual(order, {
      ...{
        orderId,
        saleId,
        quantity,
        totalCents,
        currency,
        state: 'pending',
        placedAt,
        expiresAt,
        version: 0,
        history,
        traceId,
      },
    })
    const [event] = (await house.told('order.placed')).filter(({ subject }) => subject === orderId)
    assert.deepEqual(event?.data, {
      ...{ orderId, saleId, userId: claim.userId, quantity, version: 0 },
      ...{ totalCents, currency, placedAt, expiresAt },
    })
    assert.equal(event?.traceparent?.slice(3, 35), traceId)
  })

  test('one key sent 50 times at once makes one order and the same answer, byte for byte', async () => {
    const given = { userId: newId(), saleId: newId(), key: 'the-one' }
    const bodies = Array.from({ length: 50 }, () => ({ budgetMs: 5_000, claims: [newClaim(given)] }))
    const answers = await Promise.all(
      bodies.map(async (body) => (await house.post('/internal/orders', body)).text()),
    )
    assert.equal(new Set(answers).size, 1)
    assert.match(answers[0] as string, /^\{"results":\[\{"placed":/)
    const { claimId } = newClaim(given)
    assert.equal(await countRows(claimId), 1)
    assert.equal(await countPlaced(claimId), 1)
  })

  test('a repeat long after gets the first answer, even when the order was cancelled since', async () => {
    const claim = newClaim()
    const first = await house.place([claim])
    assert.equal((await house.cancel(claim.userId, claim.claimId)).status, 200)
    assert.deepEqual(await house.place([{ ...claim, traceId: '0'.repeat(31) + 1 }]), first)
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'cancelled')
    assert.equal(await countPlaced(claim.claimId), 1)
  })

  test('a used key with another quantity is refused, later and within one batch', async () => {
    const claim = newClaim({ quantity: 2 })
    const other = { ...claim, quantity: 1 }
    const [first, second, third] = await house.place([claim, other, claim])
    assert.ok(first && 'placed' in first)
    assert.deepEqual(second, { refused: 'key-reused' })
    assert.deepEqual(third, first)
    assert.deepEqual(await house.place([other]), [{ refused: 'key-reused' }])
    assert.equal(await countRows(claim.claimId), 1)
  })

  test('a mixed batch is answered in order: winners placed, the others told why', async (t) => {
    const { decide } = house.inventory
    t.after(() => {
      house.inventory.decide = decide
    })
    house.inventory.decide = (claim) =>
      claim.quantity === 1
        ? { won: reserve(claim) }
        : { refused: claim.quantity === 2 ? 'sold-out' : 'limit' }
    const claims = [1, 2, 3, 1, 2].map((quantity) => newClaim({ quantity }))
    const results = await house.place(claims)
    assert.deepEqual(
      results.map((result) =>
        'placed' in result ? result.placed.orderId : 'refused' in result && result.refused,
      ),
      [claims[0]?.claimId, 'sold-out', 'limit', claims[3]?.claimId, 'sold-out'],
    )
  })

  test('512 claims in a batch, ten batches at once, each order once', async () => {
    const saleId = newId()
    const batches = Array.from({ length: 10 }, () => Array.from({ length: 512 }, () => newClaim({ saleId })))
    const results = (await Promise.all(batches.map((claims) => house.place(claims, 20_000)))).flat()
    assert.ok(results.every((result) => 'placed' in result))
    const { rows } = await house.sql.query('select count(*)::int as n from orders where sale_id = $1', [
      saleId,
    ])
    assert.equal(rows[0].n, 5120)
    const told = (await house.told('order.placed')).filter(({ data }) => data.saleId === saleId)
    assert.equal(new Set(told.map(({ id }) => id)).size, 5120)
    assert.equal(told.length, 5120)
  })

  test('an inventory that does not answer in time is late, and a repeat then works', async (t) => {
    const { decide } = house.inventory
    t.after(() => {
      house.inventory.decide = decide
    })
    house.inventory.decide = null
    const claim = newClaim()
    const started = performance.now()
    assert.deepEqual(await house.place([claim], 300), [{ refused: 'late' }])
    assert.ok(performance.now() - started < 1_500)
    house.inventory.decide = decide
    const [result] = await house.place([claim])
    assert.ok(result && 'placed' in result)
  })

  test('rows that cannot be written in time are late, not placed; the repeat places them', async () => {
    const claim = newClaim()
    const lock = await house.sql.connect()
    try {
      await lock.query('begin; lock table orders in exclusive mode')
      assert.deepEqual(await house.place([claim], 300), [{ refused: 'late' }])
    } finally {
      await lock.query('rollback')
      lock.release()
    }
    const [result] = await house.place([claim])
    assert.ok(result && 'placed' in result)
    assert.equal(await countRows(claim.claimId), 1)
    assert.equal(await countPlaced(claim.claimId), 1)
  })
})

test('an inventory that is not there makes it busy, and reading goes on', async (t) => {
  const house = await openHarness({ env: { INVENTORY_URL: 'http://127.0.0.1:9' } })
  t.after(() => house.close())
  assert.deepEqual(await house.place([newClaim(), newClaim()]), [{ refused: 'busy' }, { refused: 'busy' }])
  assert.equal((await house.ask('/health/ready')).status, 200)
  assert.deepEqual(await house.list(newId()), { orders: [] })
})
