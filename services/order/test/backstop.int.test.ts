import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reservation } from '@stampede/contracts/claims'
import { transaction } from '@stampede/kit/postgres'
import { keepSpansHere } from '@stampede/kit/testing/kept-spans'
import { until } from '@stampede/kit/testing/until'
import { keepWith } from '@stampede/kit/tracing/spans'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import { insertOrders } from '../src/adapters/rows-postgres.ts'
import { type Harness, newClaim, openHarness } from './harness.ts'
import { reserve } from './stand-in-inventory.ts'

describe('the backstop', () => {
  let house: Harness
  before(async () => {
    house = await openHarness()
  })
  after(() => house.close())

  const countPlaced = async (orderId: string) =>
    (await house.told('order.placed')).filter(({ subject }) => subject === orderId).length

  test('makes the missing order of a reservation, once, and the repeated key answers it', async () => {
    const claim = newClaim({ quantity: 2 })
    const reservation = reserve(claim)
    await house.tellReserved(reservation, reservation)
    await house.tellReserved(reservation)
    const order = await until('the order', async () => {
      const response = await house.get(claim.userId, claim.claimId)
      return response.ok && ((await response.json()) as Awaited<ReturnType<Harness['read']>>)
    })
    assert.equal(order.state, 'pending')
    assert.equal(order.placedAt, reservation.reservedAt)
    const { decide } = house.inventory
    house.inventory.decide = () => ({ won: reservation })
    const [result] = await house.place([claim])
    house.inventory.decide = decide
    assert.ok(result && 'placed' in result)
    const { orderId, totalCents, currency, expiresAt, traceId } = order
    assert.deepEqual(result.placed, { orderId, state: 'pending', totalCents, currency, expiresAt, traceId })
    assert.equal(await countPlaced(claim.claimId), 1)
  })

  test('leaves orders alone that exist, whoever made them and whatever their state', async () => {
    const [placed, made] = [newClaim(), newClaim()]
    await house.place([placed])
    await house.tellReserved(reserve(made))
    await until('the made one', async () => (await house.get(made.userId, made.claimId)).ok)
    for (const { userId, claimId } of [placed, made]) await house.cancel(userId, claimId)
    const readBoth = () => Promise.all([placed, made].map((claim) => house.read(claim.userId, claim.claimId)))
    const before = await readBoth()
    await house.tellReserved(reserve(placed), reserve(made), reserve(made))
    await sleep(2_500)
    assert.deepEqual(await readBoth(), before)
    assert.deepEqual(
      before.map(({ state }) => state),
      ['cancelled', 'cancelled'],
    )
    for (const { claimId } of [placed, made]) assert.equal(await countPlaced(claimId), 1)
  })

  test('an event and a request for the same orders at once make each order once', async () => {
    const claims = Array.from({ length: 200 }, () => newClaim())
    const reservations = new Map(claims.map((claim) => [claim.claimId, reserve(claim)]))
    const { decide } = house.inventory
    house.inventory.decide = (claim) => ({ won: reservations.get(claim.claimId) ?? reserve(claim) })
    const all = [...reservations.values()]
    await Promise.all([house.tellReserved(...all), house.tellReserved(...all.toReversed())])
    const results = await Promise.all([house.place(claims), house.place(claims.toReversed())])
    house.inventory.decide = decide
    assert.ok(results.flat().every((result) => 'placed' in result))
    await sleep(2_500)
    const told = (await house.told('order.placed')).filter(({ subject }) => reservations.has(subject))
    assert.equal(told.length, claims.length)
    assert.equal(new Set(told.map(({ subject }) => subject)).size, claims.length)
  })

  test('the orders it makes are a hop of their traces, and those that it finds are none', async (t) => {
    t.after(() => keepWith(undefined))
    const kept = () => ({ ...newClaim(), traceId: newTraceId(true) })
    const [placed, made, missing] = [kept(), kept(), kept()]
    await house.place([placed])
    const spans = keepSpansHere()
    const told = (name: string) =>
      spans.filter((span) => span.name === name).map((span) => span.spanContext().traceId)
    const heard = (times: number) =>
      until('all are heard of', () => told('process stock.reserved by order').length === times)
    await house.tellReserved(reserve(made))
    await heard(1)
    assert.deepEqual(told('order rows'), [made.traceId])
    await house.tellReservedTogether(reserve(placed), reserve(made), reserve(missing))
    await heard(4)
    assert.deepEqual(told('order rows'), [made.traceId, missing.traceId])
  })

  test('writers who meet the same orders from opposite ends never wait in a circle', async () => {
    const insert = (won: readonly Reservation[]) => transaction(house.sql, (tx) => insertOrders(tx, won))
    for (let round = 0; round < 20; round++) {
      const won = Array.from({ length: 300 }, () => reserve(newClaim()))
      const fresh = await Promise.all([won, won.toReversed(), won].map(insert))
      assert.equal(fresh.flat().length, won.length)
    }
  })
})
