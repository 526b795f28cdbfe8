import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PlacedOrder } from '@stampede/contracts/orders'
import { pickProfile } from '@stampede/local/profile'
import { keepSecrets } from '@stampede/local/secrets'
import { askWire, writeRequest } from './bad-input/ask.ts'
import type { BadCase } from './bad-input/case.ts'
import { forgeTokens } from './bad-input/forged-tokens.ts'
import { judgeRefusal } from './bad-input/judge.ts'
import { ORDER_CASES } from './bad-input/orders.cases.ts'
import { SALE_CASES } from './bad-input/sales.cases.ts'
import { USER_CASES } from './bad-input/users.cases.ts'
import { webhookCases } from './bad-input/webhooks.cases.ts'
import { buy } from './support/attempts.ts'
import { assertBooks } from './support/books.ts'
import { openHouse, query } from './support/house.ts'

const BLOCK = 6
const AT_ONCE = 8
const house = await openHouse({ block: BLOCK })
const [buyer, other] = await house.operator.hireBuyers(2)
assert.ok(buyer && other)
const { saleId } = await house.openSale({ units: 1000, limitPerUser: 100 })
const placed = [buyer, other].map((each) => buy(house, { saleId, buyer: each, key: 'first', quantity: 1 }))
const [order, foreign] = (await Promise.all(placed)).map(
  ({ body }) => (JSON.parse(body) as PlacedOrder).orderId,
)
assert.ok(order && foreign)
const tokens = { nobody: undefined, buyer: buyer.accessToken, operator: house.operatorToken }
const secrets = keepSecrets(pickProfile({ profile: 'test', block: BLOCK }))
const rowsBefore = await countRows()

describe('bad input gets its problem document', () => {
  const webhooks = webhookCases(secrets.WEBHOOK_SECRET)
  const all = [...USER_CASES, ...SALE_CASES, ...ORDER_CASES, ...webhooks]
  const routes = Map.groupBy(all, ({ route }) => route)
  for (const [route, cases] of routes) {
    test(`${route}: ${cases.length} requests`, async () => {
      assert.deepEqual(await collect(cases, (each) => refuse(each)), [])
    })
  }
})

test('a forged token opens nothing, in more than 200 ways', async () => {
  const [key] = JSON.parse(secrets.SIGNING_KEYS)
  const forgeries = forgeTokens(buyer.accessToken, key)
  assert.ok(forgeries.length > 200, String(forgeries.length))
  const faults = await collect(forgeries, async ({ authorization }) => {
    const headers = [`authorization: ${authorization}`]
    const request = writeRequest(house.target, { method: 'GET', path: '/api/me', headers })
    return judgeRefusal(await askWire(house.target, request), 'unauthenticated')
  })
  assert.deepEqual(faults, [])
})

test('nothing of it was done, nobody died of it, and the books balance', async () => {
  assert.deepEqual(await countRows(), rowsBefore)
  const restarts = Object.entries(house.system.parts).filter(([, part]) => part.restarts > 0)
  assert.deepEqual(restarts, [])
  await assertBooks(house, 'in peace')
})

test('units added again and again come to an end with a refusal, not with an overflow', async () => {
  const sale = await house.openSale({ units: 10_000_000 })
  const path = `/api/sales/${sale.saleId}`
  const headers = [`authorization: Bearer ${house.operatorToken}`, 'content-type: application/json']
  const request = writeRequest(house.target, {
    method: 'PATCH',
    path,
    headers,
    body: '{"addUnits":10000000}',
  })
  let last = await askWire(house.target, request)
  // Far beyond what 32 bits can count.
  for (let tries = 0; tries < 300 && last.status === 200; tries++) last = await askWire(house.target, request)
  assert.deepEqual(judgeRefusal(last, 'not_changeable'), [])
})

async function refuse({ method, path, as, headers, type, body, code, field }: BadCase): Promise<string[]> {
  const token = tokens[as]
  const request = writeRequest(house.target, {
    method,
    path: path
      .replace(':sale', saleId)
      .replace(':order', order as string)
      .replace(':foreign', foreign as string),
    headers: [
      ...headers,
      ...(token === undefined ? [] : [`authorization: Bearer ${token}`]),
      ...(type === undefined ? [] : [`content-type: ${type}`]),
    ],
    body,
  })
  return judgeRefusal(await askWire(house.target, request), code, field)
}

/** Tries all, some at a time; what was wrong, each with its title. */
async function collect<T extends { readonly title: string }>(
  items: readonly T[],
  look: (item: T) => Promise<readonly string[]>,
): Promise<string[]> {
  const faults: string[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const part = items.slice(start, start + AT_ONCE)
    const found = await Promise.all(part.map(look))
    for (const [i, each] of found.entries())
      faults.push(...each.map((fault) => `${part[i]?.title}: ${fault}`))
  }
  return faults
}

async function countRows(): Promise<unknown> {
  const [rows] = await query(
    house,
    `SELECT (SELECT count(*) FROM users.users) AS users, (SELECT count(*) FROM inventory.sale) AS sales,
            (SELECT sum(units) FROM inventory.sale) AS units, (SELECT count(*) FROM orders.orders) AS orders,
            (SELECT count(*) FROM orders.order_step) AS steps,
            (SELECT count(*) FROM inventory.reservation) AS claims,
            (SELECT count(*) FROM payments.webhook) AS webhooks`,
  )
  return rows
}
