import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { NewCharge } from '@stampede/contracts/provider'
import { v7 } from 'uuid'
import { type House, newCharge, openHouse, until } from './house.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

async function take(more: Partial<NewCharge> = {}): Promise<NewCharge> {
  const wish = newCharge(more)
  await house.charge(wish)
  await until('its end', async () => (await house.find(wish.reference)).body.state !== 'processing')
  return wish
}

test('a reference is one charge, however often and however much at once it is asked for', async () => {
  const wish = newCharge({ delayMs: 60_000 })
  const answers = await Promise.all(Array.from({ length: 10 }, () => house.charge(wish)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([201]))
  assert.equal(new Set(answers.map(({ body }) => body.chargeId)).size, 1)
  const { state, amountCents, refundedCents, currency } = (await house.find(wish.reference)).body
  assert.deepEqual(
    { state, amountCents, refundedCents, currency },
    { state: 'processing', amountCents: 0, refundedCents: 0, currency: 'EUR' },
  )
})

test('the same reference for another amount or currency is refused', async () => {
  const wish = await take()
  for (const other of [{ amountCents: 2000 }, { currency: 'USD' }]) {
    const { status, body } = await house.charge({ ...wish, ...other })
    assert.deepEqual([status, body.error], [409, 'reference_reused'])
  }
  assert.equal((await house.find(wish.reference)).body.amountCents, 1999)
})

test('a charge is decided when its delay is over, and not before', async () => {
  const wish = newCharge({ delayMs: 600 })
  const asked = performance.now()
  await house.charge(wish)
  await until('its end', async () => (await house.find(wish.reference)).body.state === 'succeeded')
  assert.ok(performance.now() - asked >= 600)
})

test('what was taken is as the outcome says', async () => {
  const outcomes: [NewCharge['outcome'], string, number][] = [
    ['succeed', 'succeeded', 1999],
    ['fail', 'failed', 0],
    ['never', 'succeeded', 1999],
    ['duplicate', 'succeeded', 1999],
    ['out-of-order', 'succeeded', 1999],
    ['wrong-amount', 'succeeded', 2000],
  ]
  for (const [outcome, state, amountCents] of outcomes) {
    const { body } = await house.find((await take({ outcome })).reference)
    assert.deepEqual([body.state, body.amountCents], [state, amountCents], outcome)
  }
})

test('a credit is one credit, and all of them together are never more than was taken', async () => {
  const { reference } = await take()
  const credit = v7()
  const same = await Promise.all(Array.from({ length: 5 }, () => house.credit(reference, credit, 1000)))
  assert.deepEqual(
    [...new Set(same.map(({ status, body }) => `${status} ${body.refundedCents}`))],
    ['201 1000'],
  )
  const others = await Promise.all(Array.from({ length: 5 }, () => house.credit(reference, v7(), 999)))
  assert.deepEqual(others.map(({ status }) => status).toSorted(), [201, 409, 409, 409, 409])
  const refused = others.find(({ status }) => status === 409)
  assert.equal(refused?.body.error, 'more_than_is_left')
  assert.equal((await house.find(reference)).body.refundedCents, 1999)
})

test('a credit of what was not taken, of what nobody knows or under a used name is refused', async () => {
  const { reference } = await take()
  const failed = await take({ outcome: 'fail' })
  const used = v7()
  assert.equal((await house.credit(reference, used, 1)).status, 201)
  const statuses = [
    await house.credit(failed.reference, v7(), 1),
    await house.credit(v7(), v7(), 1),
    await house.credit(reference, used, 2),
    await house.credit((await take()).reference, used, 1),
  ].map(({ status, body }) => `${status} ${body.error ?? ''}`)
  assert.deepEqual(statuses, [
    '409 more_than_is_left',
    '404 ',
    '409 reference_reused',
    '409 reference_reused',
  ])
})

test('nobody gets in without the key, whatever the path looks like', async () => {
  for (const path of ['/charges', '/%63harges', '/charges/', `/charges/${v7()}`, '/nothing']) {
    for (const authorization of ['', 'Bearer ', 'Bearer b-key-for-these-tests-only']) {
      const answer = await fetch(house.url + path, { method: 'POST', headers: { authorization } })
      assert.equal(answer.status, 401, path)
    }
  }
  assert.equal((await fetch(`${house.url}/health/ready`)).status, 200)
})

test('odd wishes are refused', async () => {
  const odd = [{ amountCents: -1 }, { amountCents: 0.5 }, { currency: 'eur' }, { outcome: 'late' }]
  for (const more of [...odd, { delayMs: -1 }, { reference: '1' }, { more: 1 }]) {
    assert.equal((await house.ask('POST', '/charges', { ...newCharge(), ...more })).status, 400)
  }
})
