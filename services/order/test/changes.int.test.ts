import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import fc from 'fast-check'
import { cancelRow, expireRows } from '../src/adapters/changes-postgres.ts'
import { type Harness, newClaim, openHarness } from './harness.ts'

describe('what becomes of an order', () => {
  let house: Harness
  before(async () => {
    // No sweeper of its own: these tests choose when to expire.
    house = await openHarness({ env: { SWEEP_EVERY_MS: '60000' } })
  })
  after(() => house.close())

  const endings = async (orderId: string) => {
    const events = [...(await house.told('order.cancelled')), ...(await house.told('order.expired'))]
    return events.filter(({ subject }) => subject === orderId).map(({ type }) => type)
  }
  const stepsOf = async (orderId: string) =>
    (await house.sql.query('select state from order_step where order_id = $1', [orderId])).rows
  const makeOverdue = (orderId: string) =>
    house.sql.query(`update orders set expires_at = now() - interval '1 second' where order_id = $1`, [
      orderId,
    ])
  const expire = () => transaction(house.sql, (tx) => expireRows(tx, 100))

  test('20 cancels and 5 sweeps at once end an order exactly once, and tell it once', async () => {
    for (let round = 0; round < 10; round++) {
      const claim = newClaim()
      await house.place([claim])
      await makeOverdue(claim.claimId)
      const cancels = Array.from({ length: 20 }, () => house.cancel(claim.userId, claim.claimId))
      const sweeps = Array.from({ length: 5 }, expire)
      const statuses = (await Promise.all(cancels)).map(({ status }) => status)
      await Promise.all(sweeps)
      const { state } = await house.read(claim.userId, claim.claimId)
      assert.ok(state === 'cancelled' || state === 'expired')
      assert.deepEqual([...new Set(statuses)], [state === 'cancelled' ? 200 : 409])
      assert.deepEqual(await stepsOf(claim.claimId), [{ state }])
      assert.deepEqual(await endings(claim.claimId), [`order.${state}`])
    }
  })

  test('a cancelled order says so, with its history, and tells what inventory needs', async () => {
    const claim = newClaim({ quantity: 2 })
    await house.place([claim])
    const first = await house.cancel(claim.userId, claim.claimId)
    const order = (await first.json()) as { state: string; history: { state: string; cause: string }[] }
    assert.equal(order.state, 'cancelled')
    assert.deepEqual(
      order.history.map(({ state, cause }) => [state, cause]),
      [
        ['pending', 'placed'],
        ['cancelled', 'buyer'],
      ],
    )
    const again = await house.cancel(claim.userId, claim.claimId)
    assert.equal(again.status, 200)
    assert.deepEqual(await again.json(), order)
    const [event] = (await house.told('order.cancelled')).filter(({ subject }) => subject === claim.claimId)
    const { claimId: orderId, saleId, userId } = claim
    assert.deepEqual(event?.data, { orderId, saleId, userId, quantity: 2, version: 1 })
  })

  test('neither an unknown nor a foreign order can be cancelled, and nothing happens to it', async () => {
    const claim = newClaim()
    await house.place([claim])
    for (const [userId, orderId] of [
      [newId(), claim.claimId],
      [claim.userId, newId()],
    ] as const) {
      const response = await house.cancel(userId, orderId)
      assert.equal(response.status, 404)
      assert.equal(((await response.json()) as { code: string }).code, 'not_found')
    }
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'pending')
  })

  test('a paid order cannot be cancelled and does not expire', async () => {
    const claim = newClaim()
    await house.place([claim])
    await makeOverdue(claim.claimId)
    await house.sql.query(
      `with paid as (
        insert into payment (payment_id, order_id, user_id, outcome, delay_ms, state)
        select order_id, order_id, user_id, 'succeed', 0, 'settled' from orders where order_id = $1
      )
      update orders set state = 'paid', paid_by = $1, refund_until = now() where order_id = $1`,
      [claim.claimId],
    )
    const response = await house.cancel(claim.userId, claim.claimId)
    assert.equal(response.status, 409)
    assert.equal(((await response.json()) as { code: string }).code, 'not_cancellable')
    await expire()
    assert.equal((await house.read(claim.userId, claim.claimId)).state, 'paid')
    assert.deepEqual(await endings(claim.claimId), [])
  })

  test('in any sequence of cancels, sweeps and due dates the rows do what the rules say', async () => {
    const acts = fc.array(fc.constantFrom('cancel', 'expire', 'overdue'), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(acts, async (sequence) => {
        const claim = newClaim()
        await house.place([claim])
        let expected = 'pending'
        let overdue = false
        for (const act of sequence) {
          if (act === 'overdue') {
            await makeOverdue(claim.claimId)
            overdue = true
          } else if (act === 'cancel') {
            await transaction(house.sql, (tx) => cancelRow(tx, claim.userId, claim.claimId))
            if (expected === 'pending') expected = 'cancelled'
          } else {
            await expire()
            if (expected === 'pending' && overdue) expected = 'expired'
          }
        }
        const order = await house.read(claim.userId, claim.claimId)
        assert.equal(order.state, expected)
        assert.equal(order.history.at(-1)?.state, expected)
        assert.equal((await endings(claim.claimId)).length, expected === 'pending' ? 0 : 1)
      }),
      { numRuns: 40 },
    )
  })

  test('an order that somebody holds does not hold up the others', async () => {
    const [held, free] = [newClaim(), newClaim()]
    await house.place([held, free])
    for (const { claimId } of [held, free]) await makeOverdue(claimId)
    const holder = await house.sql.connect()
    try {
      await holder.query('begin')
      await holder.query('select from orders where order_id = $1 for update', [held.claimId])
      await expire()
      assert.equal((await house.read(free.userId, free.claimId)).state, 'expired')
    } finally {
      await holder.query('rollback')
      holder.release()
    }
    await expire()
    assert.equal((await house.read(held.userId, held.claimId)).state, 'expired')
  })

  test('whether an order is overdue the clock of the database says, however wrong our own is', async (t) => {
    const [early, overdue] = [newClaim(), newClaim()]
    await house.place([early, overdue])
    await makeOverdue(overdue.claimId)
    for (const hours of [-24, 24]) {
      t.mock.timers.enable({ apis: ['Date'], now: Date.now() + hours * 3_600_000 })
      await expire()
      t.mock.timers.reset()
    }
    assert.equal((await house.read(early.userId, early.claimId)).state, 'pending')
    assert.equal((await house.read(overdue.userId, overdue.claimId)).state, 'expired')
  })

  test('many overdue orders expire in chunks, each once, however many sweep', async () => {
    const claims = Array.from({ length: 250 }, () => newClaim())
    await house.place(claims)
    await house.sql.query(
      `update orders set expires_at = now() - interval '1 second' where state = 'pending'`,
    )
    const sweepAll = async (): Promise<number> => {
      const count = await transaction(house.sql, (tx) => expireRows(tx, 20))
      return count === 0 ? 0 : count + (await sweepAll())
    }
    const counts = await Promise.all([sweepAll(), sweepAll(), sweepAll()])
    assert.ok(counts.reduce((sum, count) => sum + count) >= claims.length)
    const events = await house.told('order.expired')
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length)
    const states = await Promise.all(claims.map((claim) => house.read(claim.userId, claim.claimId)))
    assert.ok(states.every(({ state, history }) => state === 'expired' && history.length === 2))
  })
})
