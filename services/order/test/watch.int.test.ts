import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import type { Watched } from '@stampede/contracts/watch'
import { until } from '@stampede/kit/testing/until'
import { lookAtOrders, lookAtSteps } from '../src/adapters/watch-postgres.ts'
import { type Harness, newClaim, openHarness } from './harness.ts'

let house: Harness
before(async () => {
  // No sweeper of its own: nobody mends what these tests break.
  house = await openHarness({ env: { SWEEP_EVERY_MS: '60000' } })
})
after(() => house.close())

async function faults(): Promise<Record<string, number>> {
  const { signal } = new AbortController()
  const looks = [lookAtOrders(house.sql), lookAtSteps(house.sql)]
  const measures = (await Promise.all(looks.map((look) => look(signal)))).flat()
  const over = measures.filter(({ value, limit = 0 }) => value > limit)
  return Object.fromEntries(over.map(({ name, value }) => [name, value]))
}

/** A pending order and a cancelled one. */
async function openOrders() {
  const [pending, cancelled] = [newClaim(), newClaim()]
  await house.place([pending, cancelled])
  assert.equal((await house.cancel(cancelled.userId, cancelled.claimId)).status, 200)
  return { pending, cancelled }
}

type Orders = Awaited<ReturnType<typeof openOrders>>
type Step = (orders: Orders) => Promise<unknown>
const run =
  (sql: string): Step =>
  ({ pending, cancelled }) =>
    house.sql.query(sql.replaceAll(':pending', quote(pending)).replaceAll(':cancelled', quote(cancelled)))
const quote = ({ claimId }: Claim) => `'${claimId}'`
const pay = (columns: string, values: string) =>
  run(`insert into payment (payment_id, order_id, user_id, outcome, delay_ms, ${columns})
    select order_id, order_id, user_id, 'succeed', 0, ${values} from orders where order_id = :pending`)
const unpay = run('delete from payment')

const DAMAGES: [title: string, plant: Step, seen: object, mend: Step][] = [
  [
    'a pending order long past its end',
    run(`update orders set expires_at = now() - interval '2 minutes' where order_id = :pending`),
    { overdueOrders: 1 },
    run(`update orders set expires_at = now() + interval '2 minutes' where order_id = :pending`),
  ],
  ['late money nobody decides about', pay('state', `'late'`), { latePayments: 1 }, unpay],
  [
    'money that is to go back and does not',
    pay('state, refund_cause', `'refunding', 'late'`),
    { unreturnedPayments: 1 },
    unpay,
  ],
  [
    'a payment of which nothing is heard',
    pay('state, at', `'requested', now() - interval '10 minutes'`),
    { unansweredPayments: 1 },
    unpay,
  ],
  ['money kept for an order that is not paid', pay('state', `'settled'`), { misplacedPayments: 1 }, unpay],
  [
    'a change whose event was removed',
    run(`create table removed as
        select * from outbox where topic = 'order.cancelled' order by id desc limit 1;
      delete from outbox where id in (select id from removed)`),
    { untoldChanges: 1 },
    run('insert into outbox overriding system value select * from removed; drop table removed'),
  ],
  [
    'a step that was removed',
    run('delete from order_step where order_id = :cancelled'),
    { untoldChanges: 1 },
    run(`insert into order_step select order_id, 1, created_at, 'cancelled', 'buyer' from orders, outbox
      where order_id = :cancelled and topic = 'order.cancelled' order by id desc limit 1`),
  ],
  [
    'a history with a gap',
    run('update order_step set version = 3 where order_id = :cancelled'),
    { brokenHistories: 1 },
    run('update order_step set version = 1 where order_id = :cancelled'),
  ],
]

for (const [title, plant, seen, mend] of DAMAGES) {
  test(`the watch finds ${title}, and sees that it is mended`, async () => {
    const orders = await openOrders()
    assert.deepEqual(await faults(), {})
    await plant(orders)
    assert.deepEqual(await faults(), seen)
    await mend(orders)
    assert.deepEqual(await faults(), {})
  })
}

test('an order under payment is not overdue, and money under way is none of those', async () => {
  const { pending } = await openOrders()
  assert.equal((await house.pay(pending)).status, 202)
  await run(`update orders set expires_at = now() - interval '2 minutes' where order_id = :pending`)({
    pending,
    cancelled: pending,
  })
  assert.deepEqual(await faults(), {})
})

test('an alarm is raised soon, for anybody inside to ask, and ends with the damage', async () => {
  const orders = await openOrders()
  const watched = async () => (await (await house.ask('/internal/watch')).json()) as Watched
  const raised = async () => (await watched()).alarms.map(({ name }) => name)
  await run(`update orders set expires_at = now() - interval '2 minutes' where order_id = :pending`)(orders)
  await until('the alarm', async () => (await raised()).includes('overdueOrders'), 20_000)
  const names = (await watched()).measures.map(({ name }) => name)
  for (const name of ['outboxOldestMs', 'deadLetters', 'untoldChanges', 'unseenMs']) {
    assert.ok(names.includes(name), name)
  }
  await run(`update orders set expires_at = now() + interval '2 minutes' where order_id = :pending`)(orders)
  await until('no alarm', async () => (await raised()).length === 0, 20_000)
})
