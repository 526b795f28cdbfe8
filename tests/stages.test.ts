import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { deriveOrderId } from '@stampede/contracts/ids'
import type { OrderView, PlacedOrder, QueuedOrder } from '@stampede/contracts/orders'
import type { NewSale, Sale } from '@stampede/contracts/sales'
import { until } from '@stampede/kit/testing/until'
import { buy, buyTogether, countTold, type Wish } from './support/attempts.ts'
import { type Buyer, call, openHouse } from './support/house.ts'

const house = await openHouse({ block: 8 })
let buyers: readonly Buyer[] = []
before(async () => {
  buyers = await house.operator.hireBuyers(500)
})

async function openSale(given: Partial<NewSale>): Promise<string> {
  const sale: NewSale = {
    ...{ title: 'Test', sku: 'SKU', units: 40, priceCents: 100, currency: 'EUR', limitPerUser: 1 },
    startsAt: new Date(Date.now() - 1_000).toISOString(),
    endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    ...given,
  }
  const asked = { method: 'POST', token: house.operatorToken, body: sale }
  const { status, body } = await call(`${house.url}/api/sales`, asked)
  assert.equal(status, 201, body)
  return (JSON.parse(body) as Sale).saleId
}

test('async, guarded: 202 at once for as many as there are units, who then find their orders pending', async () => {
  const saleId = await openSale({ stage: 'async', variant: 'guarded' })
  const wishes = buyers.map((buyer): Wish => ({ saleId, buyer, key: 'one', quantity: 1 }))
  const first = await buyTogether(house, wishes)
  assert.deepEqual(countTold(first), { '202': 40, '409 sold_out': 460 })
  const queued = first.flatMap(({ status, body }, i) => {
    return status === 202 ? [{ wish: wishes[i] as Wish, told: JSON.parse(body) as QueuedOrder }] : []
  })
  for (const { wish, told } of queued) {
    const orderId = deriveOrderId(wish.buyer.userId, saleId, 'one')
    assert.deepEqual(told, { orderId, state: 'queued' })
    const look = () => call(`${house.url}/api/orders/${orderId}`, { token: wish.buyer.accessToken })
    await until('the order is made', async () => {
      const { status, body } = await look()
      assert.equal(status, 200, body)
      return (JSON.parse(body) as OrderView).state === 'pending'
    })
  }
  const again = await buyTogether(
    house,
    queued.map(({ wish }) => wish),
  )
  assert.deepEqual(countTold(again), { '201': 40 })
  const audit = await house.audit(saleId)
  assert.deepEqual([audit.reserved, audit.oversold, audit.consistent], [40, 0, true])
  const [{ wish, told }] = queued as [(typeof queued)[0]]
  const foreign = (buyers.find((each) => each !== wish.buyer) as Buyer).accessToken
  assert.equal((await call(`${house.url}/api/orders/${told.orderId}`, { token: foreign })).status, 404)
})

type Choice = Required<Pick<NewSale, 'stage' | 'variant'>> & { readonly segments?: number }

const STAGES: readonly Choice[] = [
  { stage: 'hybrid', variant: 'guarded', segments: 8 },
  { stage: 'single-process', variant: 'guarded' },
  { stage: 'multi-process', variant: 'guarded' },
  { stage: 'database', variant: 'guarded' },
  { stage: 'database', variant: 'unit-rows' },
]

for (const { stage, variant, segments = 1 } of STAGES) {
  const name = `${stage}, ${variant}${segments > 1 ? `, ${segments} segments` : ''}`

  test(`${name}: 500 buyers, 40 units, all of them sold and not one more`, async () => {
    const saleId = await openSale({ stage, variant, ...(segments > 1 && { segments }) })
    const wishes = buyers.map((buyer): Wish => ({ saleId, buyer, key: 'one', quantity: 1 }))
    const first = await buyTogether(house, wishes)
    assert.equal(countTold(first)['201'], 40, JSON.stringify(countTold(first)))
    const again = await buyTogether(house, wishes)
    assert.deepEqual(countTold(again), { '201': 40, '409 sold_out': 460 })
    assert.deepEqual(
      again.filter(({ status }) => status === 201),
      first.filter(({ status }) => status === 201),
    )
    const audit = await house.audit(saleId)
    assert.deepEqual([audit.reserved, audit.oversold, audit.consistent], [40, 0, true])
    const { body } = await call(`${house.url}/api/sales/${saleId}`)
    const { units, unitsLeft } = JSON.parse(body) as Sale
    assert.deepEqual([units, variant === 'unit-rows' ? 0 : unitsLeft], [40, 0])
  })

  test(`${name}: a cancelled order gives its unit to somebody else`, async () => {
    const saleId = await openSale({ stage, variant, units: segments, ...(segments > 1 && { segments }) })
    const wishes = buyers.slice(0, segments).map((buyer) => ({ saleId, buyer, key: 'first', quantity: 1 }))
    const won = await buyTogether(house, wishes)
    assert.deepEqual(countTold(won), { '201': segments })
    const { orderId } = JSON.parse(won[0]?.body ?? '') as PlacedOrder
    const token = (buyers[0] as Buyer).accessToken
    const cancelled = await call(`${house.url}/api/orders/${orderId}/cancel`, { method: 'POST', token })
    assert.equal(cancelled.status, 200)
    let tries = 0
    await until('the unit is sold again', async () => {
      const wish = { saleId, buyer: buyers.at(-1) as Buyer, key: `later-${tries++}`, quantity: 1 }
      return (await buy(house, wish)).status === 201
    })
    const audit = await house.audit(saleId)
    assert.deepEqual([audit.reserved, audit.consistent], [segments, true])
  })
}
