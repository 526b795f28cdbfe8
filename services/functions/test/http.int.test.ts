import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { FunctionEvent } from '@stampede/contracts/functions'
import { newId } from '@stampede/contracts/ids'
import { until } from '@stampede/kit/testing/until'
import { eventOf } from './events.ts'
import { type Harness, openHarness } from './harness.ts'
import { writeModules } from './modules.ts'

const STRUCTURED = { 'content-type': 'application/cloudevents+json' }

describe('functions called by HTTP', () => {
  let house: Harness
  const modules = writeModules({ points: "export const handle = () => { throw new Error('out of points') }" })
  before(async () => {
    house = await openHarness({ FUNCTIONS_DIR: modules.dir })
    await house.start()
  })
  after(async () => {
    await house.close()
    modules.forget()
  })

  async function post(name: string, headers: Record<string, string>, body: string) {
    const answer = await house.ask(`/functions/${name}`, { method: 'POST', headers, body })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const structured = (name: string, event: unknown) => post(name, STRUCTURED, JSON.stringify(event))
  function binary(name: string, { data, datacontenttype: type, ...attributes }: FunctionEvent) {
    const headers = Object.entries(attributes).map(([key, value]) => [`ce-${key}`, encodeURIComponent(value)])
    return post(name, { 'content-type': type, ...Object.fromEntries(headers) }, JSON.stringify(data))
  }

  test('in structured and in binary mode are the same call: one effect, and the same answer', async () => {
    const paid = eventOf('order.paid', { orderId: newId() })
    const first = await structured('coupon', paid)
    assert.equal(first.status, 200)
    assert.deepEqual([first.body['percent'], first.body['state']], [5, 'granted'])
    assert.deepEqual(await binary('coupon', paid), first)
    assert.deepEqual(await structured('coupon', paid), first)
    await house.tell(paid)
    await until('the notification', async () => (await house.effects(paid.subject)).messages)
    const { coupons } = await house.effects(paid.subject)
    assert.deepEqual(coupons, [{ state: 'granted', version: 2 }])
    assert.equal((await house.effects(paid.subject)).calls, 3)
    const other = eventOf('order.paid', { orderId: newId() })
    assert.equal((await binary('coupon', other)).status, 200)
  })

  test('at once and together with the queue have one effect', async () => {
    const paid = eventOf('order.cancelled', { orderId: newId() })
    const calls = Array.from({ length: 10 }, () => structured('notification', paid))
    await house.tell(paid)
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    assert.ok(
      statuses.every((status) => status === 200 || status === 503),
      String(statuses),
    )
    const last = await until('an answer', async () => {
      const answer = await structured('notification', paid)
      return answer.status === 200 && answer
    })
    assert.deepEqual((await house.effects(paid.subject)).messages, [last.body['text']])
  })

  test('that fail answer 422 with the reason', async () => {
    const { status, body } = await structured('points', eventOf('order.paid'))
    assert.deepEqual([status, body['code']], [422, 'function_failed'])
    assert.match(String(body['detail']), /out of points/)
  })

  test('with what is no event for them are refused, each with its code', async () => {
    const paid = eventOf('order.paid')
    assert.equal((await structured('gift', paid)).status, 404)
    const wrong: [string, unknown][] = [
      ['coupon', { ...paid, id: undefined }],
      ['coupon', { ...paid, specversion: '0.3' }],
      ['coupon', { ...paid, data: { ...paid.data, orderId: 'x' } }],
      ['coupon', eventOf('order.cancelled')],
      ['coupon', { ...paid, type: 'order.placed' }],
      ['coupon', [paid]],
      ['coupon', 'paid'],
    ]
    for (const [name, event] of wrong) {
      const { status, body } = await structured(name, event)
      assert.deepEqual([status, body['code']], [400, 'invalid_request'], JSON.stringify(event))
    }
    assert.equal((await post('coupon', STRUCTURED, '{')).status, 400)
    assert.equal((await post('coupon', STRUCTURED, '')).status, 400)
    assert.equal((await post('coupon', { 'content-type': 'application/json' }, '{}')).status, 400)
    const bent = { 'content-type': 'application/json', 'ce-id': '%E0', 'ce-specversion': '1.0' }
    assert.equal((await post('coupon', bent, '{}')).status, 400)
    assert.equal((await post('coupon', { 'content-type': 'text/plain' }, 'x')).status, 415)
    const large = JSON.stringify({ ...paid, extra: 'x'.repeat(65_536) })
    assert.equal((await post('coupon', STRUCTURED, large)).status, 413)
    const bare = await fetch(`${house.url}/functions/coupon`, { method: 'POST', headers: STRUCTURED })
    assert.equal(bare.status, 401)
  })
})
