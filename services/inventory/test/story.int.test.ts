import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import type { ServiceStory, Step } from '@stampede/contracts/story'
import { applyNew } from '@stampede/kit/events/deliver'
import { openLog } from '@stampede/kit/log'
import { transaction } from '@stampede/kit/postgres'
import { internalOnly, openServer } from '@stampede/kit/server'
import { routeStory } from '@stampede/kit/story/route'
import { sell } from '../src/adapters/ledger-postgres.ts'
import { readReservationStory } from '../src/adapters/story-postgres.ts'
import { followOrders, type OrderTopic } from '../src/consumers/order-changed.ts'
import { tellStory } from '../src/tell-story.ts'
import { openAsyncWorld } from './async-world.ts'
import { claimOf } from './fixture.ts'
import { eventOf } from './orders-world.ts'

const KEY = 'a-key-for-these-tests-only'
const world = await openAsyncWorld('guarded')
const { pool, stage, placeOrder } = world
const server = openServer({ service: 'inventory', log: openLog('inventory', 'silent'), checks: () => ({}) })
internalOnly(server, KEY)
const ports = { read: (orderId: string) => readReservationStory(pool, orderId), wish: placeOrder.look }
routeStory(server, (orderId, userId) => tellStory(ports, orderId, userId))

async function read(
  { claimId }: Pick<Claim, 'claimId'>,
  query = '',
): Promise<ServiceStory & { code?: string }> {
  const url = `/internal/orders/${claimId}/story${query}`
  const answer = await server.inject({ url, headers: { authorization: `Bearer ${KEY}` } })
  return answer.json()
}
const names = (steps: readonly Step[] = []) => steps.map(({ what }) => what)

/** Hears what was told of an order as the service does, under the id the order service gives it. */
function hear(topic: OrderTopic, claim: Claim, version: number) {
  const id = `${claim.claimId}.${topic.split('.')[1]}.${version}`
  const how = { consumer: 'inventory', apply: followOrders({ stages: stage, sell }), inbox: true }
  return transaction(pool, (tx) => applyNew(how, tx, [{ ...eventOf(topic, claim, version), id }]))
}

test('a wish that waited, won and followed its order: queue, ledger, news, and each word that was heard', async () => {
  const claim = claimOf(await world.openSale({ units: 5 }), newId(), 'key')
  assert.deepEqual(await world.ask([claim]), ['queued'])
  await world.settled()
  await hear('order.paid', claim, 2)
  await hear('order.refunded', claim, 3)
  const { userId, traceId, steps } = await read(claim)
  assert.deepEqual([userId, traceId], [claim.userId, claim.traceId])
  const [waited, ledger, news, ...heard] = steps
  assert.deepEqual(names(steps.slice(0, 3)), ['wait in queue', 'inventory ledger', 'send stock.reserved'])
  assert.deepEqual(names(heard).toSorted(), [
    'process order.paid by inventory',
    'process order.refunded by inventory',
  ])
  assert.ok(waited?.until && !waited.failed)
  assert.deepEqual([news?.at, news?.open], [ledger?.at, true], 'no relay runs here')
  assert.equal((await read(claim, `?userId=${claim.userId}`)).steps.length, 5)
})

test('a wish that was refused in the queue says why, to its buyer alone', async () => {
  const saleId = await world.openSale({ units: 1, limitPerUser: 1 })
  const claim = claimOf(saleId, newId(), 'key')
  // The gate lets it through once more than there is: as after it had lost its memory.
  await placeOrder.add([claim])
  await pool.query('UPDATE shelf SET stock = 0 WHERE sale_id = $1', [saleId])
  await world.settled()
  const { steps } = await read(claim, `?userId=${claim.userId}`)
  const [waited] = steps
  assert.deepEqual(names(steps), ['wait in queue'])
  assert.deepEqual([waited?.failed, waited?.reason], [true, 'sold_out'])
  assert.equal((await read(claim, `?userId=${newId()}`)).code, 'not_found')
  assert.equal((await read(claim)).code, 'not_found')
})

test('units that are held again, and news that could not be followed, are steps', async () => {
  const claim = claimOf(await world.openSale({ units: 5 }), newId(), 'key')
  await world.ask([claim])
  await world.settled()
  await pool.query('UPDATE reservation SET revived_at = now() WHERE claim_id = $1', [claim.claimId])
  await pool.query(
    `INSERT INTO dead_letter (consumer, topic, partition, kafka_offset, sent_at, key, error)
     VALUES ('inventory', 'order.paid', 0, 1, now(), $1, 'e')`,
    [claim.claimId],
  )
  const { steps } = await read(claim)
  assert.ok(names(steps).includes('units held again'))
  assert.deepEqual(names(steps.filter(({ failed }) => failed)), ['process order.paid by inventory'])
})

test('an unknown order, a void claim and another buyer’s are 404; nobody without the key is heard', async () => {
  const claim = claimOf(await world.openSale({ units: 5 }), newId(), 'key')
  assert.equal((await read(claim)).code, 'not_found')
  await world.ask([claim])
  await world.settled()
  assert.equal((await read(claim, `?userId=${newId()}`)).code, 'not_found')
  await pool.query(`UPDATE reservation SET state = 'void' WHERE claim_id = $1`, [claim.claimId])
  assert.deepEqual(names((await read(claim, `?userId=${claim.userId}`)).steps), ['wait in queue'])
  const bare = await server.inject(`/internal/orders/${claim.claimId}/story`)
  assert.equal(bare.statusCode, 401)
})
