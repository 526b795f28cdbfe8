import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { EventData } from '@stampede/contracts/events'
import { newId } from '@stampede/contracts/ids'
import type { Webhook as Body, Charge } from '@stampede/contracts/provider'
import { until } from '@stampede/kit/testing/until'
import { Webhook } from 'standardwebhooks'
import { type House, newPayment, openHouse } from './house.ts'
import { SECRET } from './wiring.ts'

const OLD_SECRET = randomBytes(32).toString('base64')
let house: House
before(async () => {
  house = await openHouse({ WEBHOOK_SECRET: `${OLD_SECRET},${SECRET}` })
  // The provider is deaf: what happens to a payment here comes from the webhooks of the tests alone.
  house.asking.fate = () => 'deaf'
})
after(() => house.close())

type Wish = EventData['payment.requested']

async function newRequest(): Promise<Wish> {
  const wish = await house.request('succeed')
  await until('the payment', async () => (await house.books(wish.orderId)).payments.length === 1)
  return wish
}

function bodyOf(wish: Wish, more: Partial<Charge> = {}): Body {
  const { paymentId: reference, amountCents, currency } = wish
  const charge = { chargeId: newId(), reference, state: 'succeeded', refundedCents: 0, currency } as const
  const data = { ...charge, amountCents, ...more }
  return { type: `charge.${data.state}`, timestamp: new Date().toISOString(), data }
}

interface Delivery {
  readonly id?: string
  readonly ageSeconds?: number
  readonly secret?: string
  /** Changed on its way. */
  readonly forge?: (text: string) => string
}

async function deliver(body: unknown, delivery: Delivery = {}) {
  const { id = newId(), ageSeconds = 0, secret = SECRET, forge = (text) => text } = delivery
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const at = new Date(Date.now() - ageSeconds * 1_000)
  const signature = new Webhook(secret).sign(id, at, text)
  const timestamp = String(Math.floor(at.getTime() / 1_000))
  const { url, init } = house.hook(forge(text), { id, timestamp, signature })
  const answer = await fetch(url, init)
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  const said = (await answer.json()) as any
  return [answer.status, said.code ?? said.duplicate]
}

const stateOf = async (wish: Wish) => (await house.books(wish.orderId)).payments[0]?.state

test('a sound webhook settles, signed with the new secret or the old one', async () => {
  for (const secret of [SECRET, OLD_SECRET]) {
    const wish = await newRequest()
    assert.deepEqual(await deliver(bodyOf(wish, { state: 'processing', amountCents: 0 }), { secret }), [
      200,
      false,
    ])
    assert.equal(await stateOf(wish), 'processing')
    assert.deepEqual(await deliver(bodyOf(wish), { secret }), [200, false])
    assert.equal(await stateOf(wish), 'settled')
  }
})

test('forged: refused, and nothing happens', async () => {
  const wish = await newRequest()
  const stranger = randomBytes(32).toString('base64')
  assert.deepEqual(await deliver(bodyOf(wish), { secret: stranger }), [401, 'signature_invalid'])
  const forge = (text: string) => text.replace('failed', 'succeeded')
  const failed = bodyOf(wish, { state: 'failed' })
  assert.deepEqual(await deliver(failed, { forge }), [401, 'signature_invalid'])
  assert.equal(await stateOf(wish), 'requested')
})

test('older or newer than five minutes: refused, though signed by the provider', async () => {
  const wish = await newRequest()
  for (const ageSeconds of [310, -310, 86_400]) {
    assert.deepEqual(await deliver(bodyOf(wish), { ageSeconds }), [401, 'signature_expired'])
  }
  assert.equal(await stateOf(wish), 'requested')
})

test('replayed within its time: heard once, even when all come at once', async () => {
  const wish = await newRequest()
  const [id, body] = [newId(), bodyOf(wish)]
  const said = await Promise.all(Array.from({ length: 10 }, () => deliver(body, { id })))
  assert.deepEqual(said.filter(([, duplicate]) => duplicate === false).length, 1)
  assert.deepEqual(said.filter(([, duplicate]) => duplicate === true).length, 9)
  assert.deepEqual(await deliver(body, { id }), [200, true])
  assert.equal((await house.told(wish.orderId)).length, 1)
})

test('the same word under other ids: heard each time, told once', async () => {
  const wish = await newRequest()
  const said = await Promise.all(Array.from({ length: 10 }, () => deliver(bodyOf(wish))))
  assert.ok(said.every(([status, duplicate]) => status === 200 && duplicate === false))
  assert.equal((await house.told(wish.orderId)).length, 1)
})

test('success and failure at the same moment: success it is, in every order, and told once', async () => {
  for (let round = 0; round < 10; round++) {
    const wish = await newRequest()
    const words = [bodyOf(wish), bodyOf(wish, { state: 'failed', amountCents: 0 })]
    const said = await Promise.all((round % 2 ? words : words.reverse()).map((body) => deliver(body)))
    assert.ok(said.every(([status]) => status === 200))
    assert.equal(await stateOf(wish), 'settled')
    const told = (await house.told(wish.orderId)).map(({ type }) => type)
    assert.equal(told.filter((type) => type === 'payment.settled').length, 1)
    assert.ok(told.length <= 2)
  }
})

test('another amount or currency: taken as heard, the payment fails and the money goes back', async () => {
  for (const more of [{ amountCents: 1 }, { currency: 'USD' }]) {
    const wish = await newRequest()
    assert.deepEqual(await deliver(bodyOf(wish, more)), [200, false])
    assert.deepEqual(await deliver(bodyOf(wish, more)), [200, false])
    const { payments, refunds } = await house.books(wish.orderId)
    assert.deepEqual(
      payments.map(({ state, reason }) => [state, reason]),
      [['failed', 'wrong-amount']],
    )
    const { amountCents, currency } = { amountCents: 1999, currency: 'EUR', ...more }
    assert.deepEqual(
      refunds.map((each) => [each.amountCents, each.currency]),
      [[amountCents, currency]],
    )
  }
})

test('of a charge nobody asked for: unknown, and known once somebody did', async () => {
  const wish = newPayment('succeed')
  const id = newId()
  assert.deepEqual(await deliver(bodyOf(wish), { id }), [404, 'not_found'])
  await house.request('succeed', wish)
  await until('the payment', async () => (await house.books(wish.orderId)).payments.length === 1)
  assert.deepEqual(await deliver(bodyOf(wish), { id }), [200, false])
})

test('malformed: refused as such, when the signature holds', async () => {
  const wish = await newRequest()
  const { data, ...rest } = bodyOf(wish)
  const odd: unknown[] = ['', '{', 'null', '[]', '"x"', '1', '{}', rest, { ...rest, data: {} }]
  odd.push({ ...rest, data: { ...data, amountCents: -1 } }, { ...rest, data: { ...data, reference: 'x' } })
  odd.push({ ...rest, data, type: 'charge.failed' }, { ...rest, data, type: 'charge.disputed' })
  odd.push({ ...rest, data: { ...data, amountCents: '1999' } }, { ...rest, data: { ...data, currency: '€' } })
  for (const body of odd) {
    assert.deepEqual(await deliver(body), [400, 'invalid_request'], JSON.stringify(body))
  }
  assert.equal(await stateOf(wish), 'requested')
  // what we do not know yet does not disturb
  assert.deepEqual(await deliver({ ...rest, data: { ...data, more: 1 }, more: 1 }), [200, false])
})

test('only our own services may bring webhooks', async () => {
  const { url, init } = house.hook('{}', { id: 'a', timestamp: '1', signature: 'v1,x' })
  const headers = { 'content-type': 'application/json' }
  assert.equal((await fetch(url, { ...init, headers })).status, 401)
})
