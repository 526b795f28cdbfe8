import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FunctionEvent } from '@stampede/contracts/functions'
import { openLog } from '@stampede/kit/log'
import { openPool, type Pool, transaction } from '@stampede/kit/postgres'
import { end, openCalls } from '../src/adapters/calls-postgres.ts'
import { bringAbout, type Made } from '../src/adapters/effects-postgres.ts'
import { eventOf } from './events.ts'
import { type Harness, openHarness } from './harness.ts'

// The keys of the effects, without what else keeps a call from being ended twice.
describe('an effect that is brought about again', () => {
  let house: Harness
  let pool: Pool
  before(async () => {
    house = await openHarness()
    await (await house.start()).close()
    const { DATABASE_URL: url, DATABASE_SCHEMA: schema } = house.config
    const log = openLog('functions-test', 'error')
    pool = openPool({ url, schema, service: 'functions-test', connectionsMax: 2, log })
  })
  after(async () => {
    await pool.end()
    await house.close()
  })

  async function bringTwice(event: FunctionEvent, made: Made): Promise<FunctionEvent> {
    for (let i = 0; i < 2; i++) await transaction(pool, async (tx) => bringAbout(tx, event, made))
    return event
  }
  async function count(table: string, { subject }: FunctionEvent): Promise<number> {
    const text = `select count(*)::int as n from ${table} where order_id = $1`
    return (await pool.query(text, [subject])).rows[0].n
  }

  test('is one coupon', async () => {
    const result = { code: 'THANKS-1', percent: 5, state: 'granted' } as const
    const event = await bringTwice(eventOf('order.paid'), { name: 'coupon', result })
    assert.equal(await count('coupon', event), 1)
  })

  test('is one entry of points', async () => {
    const event = await bringTwice(eventOf('order.paid'), { name: 'points', result: { points: 12 } })
    assert.equal(await count('points', event), 1)
  })

  test('is one message', async () => {
    const result = { text: 'Your order is paid.' }
    const event = await bringTwice(eventOf('order.paid'), { name: 'notification', result })
    assert.equal(await count('message', event), 1)
  })
  test('is refused where the call has ended: the first result stands', async () => {
    const event = eventOf('order.paid')
    const key = { name: 'points', eventId: event.id } as const
    const limits = { triesMax: 3, retryFirstMs: 50, retryMostMs: 200, leaseMs: 10_000 }
    const calls = openCalls(pool, limits)
    await calls.note(key.name, event)
    const taken = await calls.take(key)
    assert.ok(taken)
    const ended: boolean[] = []
    for (const points of [12, 34]) {
      const made: Made = { name: 'points', result: { points } }
      ended.push(await transaction(pool, (tx) => end(tx, taken, { made, from: 'due' })))
    }
    assert.deepEqual(ended, [true, false])
    assert.deepEqual((await calls.look(key))?.result, { points: 12 })
  })
})
