import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { DeadLetters } from '@stampede/contracts/dead-letters'
import { newId } from '@stampede/contracts/ids'
import { until } from '@stampede/kit/testing/until'
import { eventOf } from './events.ts'
import { type Harness, openHarness } from './harness.ts'

describe('messages that nobody could work on', () => {
  let house: Harness
  before(async () => {
    house = await openHarness()
    await house.start()
  })
  after(() => house.close())

  const letters = async (query = '') =>
    ((await (await house.ask(`/internal/dead-letters${query}`)).json()) as DeadLetters).letters
  const replay = async (id: string) => {
    const answer = await house.ask(`/internal/dead-letters/${id}/replay`, { method: 'POST' })
    return { status: answer.status, body: (await answer.json()) as { code?: string; detail?: string } }
  }
  const bury = (count: number) =>
    until('letters', async () => (await house.sql.query('select 1 from dead_letter')).rowCount === count)

  test('are listed newest first, a page at a time, with what is wrong', async () => {
    for (const n of [1, 2, 3]) {
      await house.tellRaw('order.paid', `rubbish ${n}`)
      await bury(n)
    }
    const all = await letters()
    assert.deepEqual(
      all.map(({ value, consumer, topic }) => [value, consumer, topic]),
      [3, 2, 1].map((n) => [`rubbish ${n}`, 'functions', 'order.paid']),
    )
    assert.match(all[0]?.error ?? '', /not JSON/)
    const [first] = await letters('?limit=1')
    assert.deepEqual([first?.id, (await letters(`?before=${first?.id}`)).length], [all[0]?.id, 2])
    const again = await replay(all[0]?.id ?? '')
    assert.deepEqual([again.status, again.body.code], [409, 'not_replayable'])
    assert.match(again.body.detail ?? '', /not JSON/)
  })

  test('take effect when replayed with success, once, and only then are they marked', async () => {
    const paid = eventOf('order.paid', { orderId: newId() })
    // What the database refuses for a while, as a bug in our own code would.
    await house.sql.query('alter table call add constraint broken check (false) not valid')
    await house.tell(paid)
    await until('the letter', async () => (await letters()).some(({ key }) => key === paid.subject))
    const { id = '' } = (await letters()).find(({ key }) => key === paid.subject) ?? {}
    assert.match((await replay(id)).body.detail ?? '', /broken/)
    assert.equal((await letters()).find((letter) => letter.id === id)?.replayedAt, undefined)
    await house.sql.query('alter table call drop constraint broken')
    const both = await Promise.all([replay(id), replay(id)])
    assert.deepEqual(both.map(({ status }) => status).sort(), [202, 409])
    await house.tell(paid)
    await until('its effects', async () => (await house.effects(paid.subject)).messages)
    const { coupons, points, messages } = await house.effects(paid.subject)
    assert.deepEqual([coupons?.length, points, messages?.length], [1, [12], 1])
    assert.ok((await letters()).find((letter) => letter.id === id)?.replayedAt)
  })

  test('are for those who hold the key, and unknown or odd ids are refused', async () => {
    const bare = await fetch(`${house.url}/internal/dead-letters`)
    assert.equal(bare.status, 401)
    assert.equal((await replay('999999')).status, 404)
    assert.equal((await replay('0')).status, 400)
    assert.equal((await replay('9'.repeat(30))).status, 400)
    assert.equal((await house.ask('/internal/dead-letters?limit=101')).status, 400)
    assert.equal((await house.ask('/internal/dead-letters?before=x')).status, 400)
  })
})
