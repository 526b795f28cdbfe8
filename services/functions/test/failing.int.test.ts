import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { DeadLetters } from '@stampede/contracts/dead-letters'
import { newId } from '@stampede/contracts/ids'
import { keepSpansHere } from '@stampede/kit/testing/kept-spans'
import { until } from '@stampede/kit/testing/until'
import { keepWith } from '@stampede/kit/tracing/spans'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import { eventOf } from './events.ts'
import { type Harness, openHarness } from './harness.ts'
import { writeModules } from './modules.ts'

/** The price of an order decides how its coupon goes wrong. */
const WAYS = {
  1001: { does: 'throws', reason: /no coupons today/ },
  1002: { does: 'hangs', reason: /took longer than 1500 ms/ },
  1003: { does: 'returns rubbish', reason: /returned what is no result: \/percent/ },
  1004: { does: 'ends its thread', reason: /worker exited with code: 7/ },
  1005: { does: 'eats memory', reason: /memory limit/ },
  1006: { does: 'returns what cannot be stored', reason: /nothing that can be stored/ },
  1007: { does: 'returns far too much', reason: /returned \d+ characters; 16384 are allowed/ },
} as const
const BAD = `import { existsSync } from 'node:fs'
export function handle({ data }) {
  if (existsSync(new URL('mended', import.meta.url))) return { code: 'THANKS', percent: 5, state: 'granted' }
  switch (data.totalCents) {
    case 1001: throw new Error('no coupons today')
    case 1002: for (;;) {}
    case 1003: return { code: 'THANKS', percent: 500, state: 'granted' }
    case 1004: return process.exit(7)
    case 1005: { const all = []; for (;;) all.push(new Array(1_000_000).fill(all.length)) }
    case 1006: return () => 'a function'
    case 1007: return { code: 'X'.repeat(20_000), percent: 5, state: 'granted' }
    default: return { code: 'THANKS', percent: 5, state: 'granted' }
  }
}
`

describe('a function that fails', () => {
  let house: Harness
  const bad = writeModules({ coupon: BAD })
  before(async () => {
    house = await openHarness({ FUNCTIONS_DIR: bad.dir, CALL_MS: '1500' })
    await house.start()
  })
  after(async () => {
    await house.close()
    bad.forget()
  })

  const letters = async () =>
    ((await (await house.ask('/internal/dead-letters')).json()) as DeadLetters).letters
  const replay = async (id: string) => {
    const answer = await house.ask(`/internal/dead-letters/${id}/replay`, { method: 'POST' })
    return { status: answer.status, body: (await answer.json()) as { code?: string; detail?: string } }
  }
  const stateOf = async (orderId: string) => {
    const { rows } = await house.sql.query(
      `select state, tries from call where function = 'coupon' and event::json->>'subject' = $1`,
      [orderId],
    )
    return rows[0] as { state: string; tries: number } | undefined
  }

  for (const [cents, { does, reason }] of Object.entries(WAYS)) {
    test(`and ${does} is given up after its tries, with the other functions and orders untouched`, async () => {
      const [orderId, other, traceId] = [newId(), newId(), newTraceId(true)]
      const spans = keepSpansHere()
      await house.tell(eventOf('order.paid', { orderId, totalCents: Number(cents), traceId }))
      await house.tell(eventOf('order.paid', { orderId: other }))
      await until('the other order', async () => (await house.effects(other)).messages?.length === 1)
      await until('the end', async () => (await stateOf(orderId))?.state === 'dead')
      assert.equal((await stateOf(orderId))?.tries, 3)
      const { coupons, points, messages } = await until('the message', async () => {
        const effects = await house.effects(orderId)
        return effects.messages ? effects : undefined
      })
      assert.deepEqual([coupons, points, messages?.length], [null, [10], 1])
      const [letter] = (await letters()).filter(({ key }) => key === orderId)
      assert.equal(letter?.consumer, 'coupon')
      assert.match(letter?.error ?? '', reason)
      assert.equal(letter?.traceId, traceId)
      assert.deepEqual(
        house.linesOf(traceId).map(({ msg, name, tries }) => [msg, name, tries]),
        [['call given up', 'coupon', 3]],
      )
      keepWith(undefined)
      const tries = spans.filter(({ name }) => name === 'run coupon for order.paid')
      assert.deepEqual(
        tries.map(({ attributes }) => attributes['error.type']),
        Array(3).fill('function_failed'),
      )
      // What a function says may hold anything.
      assert.ok(!JSON.stringify(tries.map(({ status }) => status)).includes('coupons'))
    })
  }

  test('for its effect is refused by the database is given up with the reason, and done when it is taken', async () => {
    const orderId = newId()
    await house.sql.query('alter table coupon add constraint broken check (false) not valid')
    await house.tell(eventOf('order.paid', { orderId }))
    await until('the end', async () => (await stateOf(orderId))?.state === 'dead')
    const [letter] = (await letters()).filter(({ key }) => key === orderId)
    assert.match(letter?.error ?? '', /broken/)
    assert.match((await replay(letter?.id ?? '')).body.detail ?? '', /broken/)
    await house.sql.query('alter table coupon drop constraint broken')
    assert.equal((await replay(letter?.id ?? '')).status, 202)
    assert.deepEqual((await house.effects(orderId)).coupons, [{ state: 'granted', version: 2 }])
  })

  test('is listed newest first, replayed with its reason while it fails, and once when it is mended', async () => {
    const orderId = newId()
    await house.tell(eventOf('order.paid', { orderId, totalCents: 1_001 }))
    await until('the end', async () => (await stateOf(orderId))?.state === 'dead')
    const [newest] = await letters()
    assert.equal(newest?.key, orderId)
    const again = await replay(newest.id)
    assert.deepEqual([again.status, again.body.code], [409, 'not_replayable'])
    assert.match(again.body.detail ?? '', /no coupons today/)
    writeFileSync(`${bad.dir}/mended`, '')
    const both = await Promise.all([replay(newest.id), replay(newest.id)])
    rmSync(`${bad.dir}/mended`)
    assert.deepEqual(both.map(({ status }) => status).sort(), [202, 409])
    assert.deepEqual((await house.effects(orderId)).coupons, [{ state: 'granted', version: 2 }])
    assert.ok((await letters()).find(({ id }) => id === newest.id)?.replayedAt)
    assert.match((await replay(newest.id)).body.detail ?? '', /replayed before/)
  })
})
