import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import { until } from '@stampede/kit/testing/until'
import fc from 'fast-check'
import { cancelRow, expireRows } from '../src/adapters/changes-postgres.ts'
import { askRow, type Failed, failRows, settleRows } from '../src/adapters/payments-postgres.ts'
import { refundRow } from '../src/adapters/refunds-postgres.ts'
import { type Harness, newClaim, openHarness } from './harness.ts'

const ORDERS = 10_000
const AT_ONCE = 100
const REFUND_SECONDS = 3_600
/** What happens to each order, all within these few milliseconds of each other. */
const SPREAD_MS = 5

interface Race {
  readonly claim: Claim
  /** One, or two that were asked for one after the other. */
  readonly paymentIds: readonly string[]
  /** Whether inventory has the units once more when they are wanted back. */
  readonly unitsThere: boolean
}

test(`${ORDERS} times payment, failure, expiry, cancel and refund at once: one end, and no cent astray`, {
  timeout: 240_000,
}, async (t) => {
  // On a busy machine it takes longer than the time after which refunds are asked for once more.
  const house = await openHarness({ env: { SWEEP_EVERY_MS: '100', RETELL_AFTER_SECONDS: '3600' } })
  t.after(() => house.close())
  const races = new Map<string, Race>()
  house.inventory.revive = ({ claimId }) => races.get(claimId)?.unitsThere ?? false
  for (let start = 0; start < ORDERS; start += AT_ONCE) {
    const batch = await openRaces(house)
    for (const race of batch) races.set(race.claim.claimId, race)
    await runAll(house, batch)
  }
  await until(
    'no payment is late any more',
    async () => (await countOf(house, `payment where state = 'late'`)) === 0,
    60_000,
  )
  await checkBooks(house)
})

async function openRaces(house: Harness): Promise<Race[]> {
  const claims = Array.from({ length: AT_ONCE }, () => newClaim())
  await house.place(claims)
  const races = claims.map((claim, i) => ({
    claim,
    paymentIds: i % 3 === 0 ? [newId(), newId()] : [newId()],
    unitsThere: i % 2 === 0,
  }))
  for (const nth of [0, 1]) {
    await Promise.all(races.map(({ claim, paymentIds }) => ask(house, claim, paymentIds[nth])))
    await house.sql.query('update orders set paying_until = now() where paying is not null')
  }
  // All of them fall due now, so that expiry is in the race.
  await house.sql.query(`update orders set expires_at = now() where order_id = any($1::uuid[])`, [
    claims.map(({ claimId }) => claimId),
  ])
  return races
}

async function ask(house: Harness, { userId, claimId }: Claim, paymentId: string | undefined): Promise<void> {
  if (!paymentId) return
  const wish = { userId, orderId: claimId, paymentId, outcome: 'succeed', delayMs: 0 }
  assert.ok(await transaction(house.sql, (tx) => askRow(tx, wish, 60)))
}

/** Each order meets a choice of events, each at a time of its own; money comes for all of them. */
async function runAll(house: Harness, races: readonly Race[]): Promise<void> {
  const pick = fc.sample(
    fc.record({ cancel: fc.boolean(), fail: fc.boolean(), refund: fc.boolean() }),
    races.length,
  )
  const soon = async (work: () => Promise<unknown>) => {
    await sleep(Math.random() * SPREAD_MS)
    await work()
  }
  const inTx = (work: Parameters<typeof transaction>[1]) => () => transaction(house.sql, work)
  const all = races.flatMap(({ claim: { userId, claimId }, paymentIds }, i) => {
    // Events of others travel with ours, and some come twice.
    const batch = [...paymentIds, ...(races[(i + 7) % races.length] as Race).paymentIds]
    const { cancel, fail, refund } = pick[i] as { cancel: boolean; fail: boolean; refund: boolean }
    return [
      ...[paymentIds, batch].map((ids) => soon(inTx((tx) => settleRows(tx, ids, REFUND_SECONDS)))),
      ...(cancel ? [soon(inTx((tx) => cancelRow(tx, userId, claimId)))] : []),
      ...(fail ? [soon(inTx((tx) => failRows(tx, paymentIds.map(declined))))] : []),
      ...(refund ? [soon(inTx((tx) => refundRow(tx, { userId, orderId: claimId, keyPrint: 1 })))] : []),
      ...(i % 10 === 0 ? [soon(inTx((tx) => expireRows(tx, 100)))] : []),
    ]
  })
  await Promise.all(all)
}

function declined(paymentId: string): Failed {
  return { paymentId, reason: 'declined' }
}

async function countOf(house: Harness, what: string): Promise<number> {
  return (await house.sql.query(`select count(*)::int as n from ${what}`)).rows[0].n
}

async function checkBooks(house: Harness): Promise<void> {
  const states = await house.sql.query(`select state, count(*)::int as n from orders group by state`)
  const seen = Object.fromEntries(states.rows.map(({ state, n }) => [state, n]))
  assert.equal(
    Object.values<number>(seen).reduce((sum, n) => sum + n, 0),
    ORDERS,
  )
  assert.equal(seen['pending'], undefined, 'no order is left open')
  for (const state of ['paid', 'cancelled', 'expired', 'refunded'])
    assert.ok(seen[state] > 50, `${state} never won`)

  // Money: kept for paid orders and no others, and owed back once for each of the rest.
  const kept = `(
      select from orders join payment using (order_id) group by order_id, orders.state
      having count(*) filter (where payment.state = 'settled') <> (orders.state = 'paid')::int
    ) astray`
  assert.equal(await countOf(house, kept), 0, 'money is kept exactly for what is paid')
  const refunds = (await house.told('refund.requested')).map(({ data }) => data.paymentId)
  assert.equal(new Set(refunds).size, refunds.length, 'nothing goes back twice')
  const payments = await countOf(house, 'payment')
  assert.equal(refunds.length, payments - seen['paid'], 'all that is not kept goes back')

  await checkStock(house)
}

/** What inventory is told, followed as it follows it: the highest version decides whose the units are. */
async function checkStock(house: Harness): Promise<void> {
  const last = new Map<string, { version: number; given: boolean }>()
  const ends = ['order.cancelled', 'order.expired', 'order.paid', 'order.refunded'] as const
  for (const topic of ends) {
    for (const { id, data } of await house.told(topic)) {
      const { orderId, version } = data
      const known = last.get(orderId)
      assert.notEqual(known?.version, version, `${id}: two events of one version`)
      if (!known || known.version < version) last.set(orderId, { version, given: topic !== 'order.paid' })
    }
  }
  const { rows } = await house.sql.query<{ order_id: string; state: string }>(
    'select order_id, state from orders',
  )
  for (const { order_id, state } of rows) {
    assert.equal(last.get(order_id)?.given, state !== 'paid', `units of a ${state} order`)
  }
  const steps = `(
      select order_id, array_agg(version order by version) as v from order_step group by order_id
    ) s join orders o using (order_id) where v <> (select array_agg(g) from generate_series(1, o.version) g)`
  assert.equal(await countOf(house, steps), 0, 'a history has no gap')
}
