import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Watched } from '@stampede/contracts/watch'
import { until } from '@stampede/kit/testing/until'
import { lookAtCalls } from '../src/adapters/watch-postgres.ts'
import { type Harness, openHarness } from './harness.ts'

let house: Harness
before(async () => {
  house = await openHarness()
  await house.start()
})
after(() => house.close())

const WAITING = `insert into call (function, event_id, event, state, try_at)
  values ('nobody', 'e', '{}', 'due', now() - interval '31 s')`

test('the watch finds calls nobody takes, and sees that they are taken', async () => {
  const calls = async () => (await lookAtCalls(house.sql)(new AbortController().signal))[0]?.value
  assert.equal(await calls(), 0)
  await house.sql.query(WAITING)
  assert.equal(await calls(), 1)
  await house.sql.query(`update call set try_at = now()`)
  assert.equal(await calls(), 0)
  await house.sql.query('delete from call')
})

test('a call that failed too often is an alarm until it is replayed', async () => {
  const watched = async () => (await (await house.ask('/internal/watch')).json()) as Watched
  const raised = async () => (await watched()).alarms.map(({ name }) => name)
  await house.sql.query(`insert into dead_letter (consumer, topic, partition, kafka_offset, sent_at, error)
    values ('coupon', 'order.paid', -1, 1, now(), 'e')`)
  await until('the alarm', async () => (await raised()).includes('deadLetters'), 20_000)
  await house.sql.query('update dead_letter set replayed_at = now()')
  await until('no alarm', async () => (await raised()).length === 0, 20_000)
})
