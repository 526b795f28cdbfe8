import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { type Harness, newClaim, openHarness } from './harness.ts'
import { reserve } from './stand-in-inventory.ts'

describe('reading orders', () => {
  let house: Harness
  before(async () => {
    house = await openHarness()
  })
  after(() => house.close())

  test('a list is newest first and complete over its pages, also among orders of one instant', async () => {
    const { decide } = house.inventory
    const placedMs = Date.parse('2026-11-21T10:00:00.000Z')
    const userId = newId()
    const claims = Array.from({ length: 25 }, () => newClaim({ userId }))
    house.inventory.decide = (claim) => {
      const place = claims.findIndex(({ claimId }) => claimId === claim.claimId)
      return {
        won: { ...reserve(claim), reservedAt: new Date(placedMs + Math.floor(place / 10)).toISOString() },
      }
    }
    await house.place([...claims, newClaim()])
    house.inventory.decide = decide

    const seen: { placedAt: string; orderId: string }[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await house.list(userId, `?limit=7${cursor ? `&cursor=${cursor}` : ''}`)
      seen.push(...page.orders)
      cursor = page.cursor
      pages++
    } while (cursor)
    assert.equal(pages, 4)
    assert.deepEqual(
      new Set(seen.map(({ orderId }) => orderId)),
      new Set(claims.map(({ claimId }) => claimId)),
    )
    assert.equal(seen.length, 25)
    const sorted = seen.toSorted(
      (a, b) => b.placedAt.localeCompare(a.placedAt) || a.orderId.localeCompare(b.orderId),
    )
    assert.deepEqual(seen, sorted)
    assert.equal((await house.list(userId)).orders.length, 20)
    assert.equal((await house.list(userId, '?limit=100')).cursor, undefined)
  })

  test('a list tells the state and history of each order', async () => {
    const userId = newId()
    const claims = [newClaim({ userId }), newClaim({ userId })]
    await house.place(claims)
    await house.cancel(userId, claims[0]?.claimId as string)
    const { orders } = await house.list(userId)
    for (const order of orders) assert.deepEqual(order, await house.read(userId, order.orderId))
    assert.deepEqual(orders.map(({ state }) => state).toSorted(), ['cancelled', 'pending'])
  })

  test('many who look in one moment each see their own order, with its history, and nobody another one', async () => {
    const claims = Array.from({ length: 300 }, () => newClaim())
    await house.place(claims)
    const cancelled = claims.slice(0, 30)
    await Promise.all(cancelled.map(({ userId, claimId }) => house.cancel(userId, claimId)))
    const seen = await Promise.all(claims.map(({ userId, claimId }) => house.read(userId, claimId)))
    assert.deepEqual(
      seen.map((order) => order.orderId),
      claims.map(({ claimId }) => claimId),
    )
    assert.ok(seen.slice(0, 30).every(({ state, history }) => state === 'cancelled' && history.length === 2))
    assert.ok(seen.slice(30).every(({ state, history }) => state === 'pending' && history.length === 1))
    const foreign = claims.map(({ claimId }, i) => house.get(claims[(i + 1) % 300]?.userId ?? '', claimId))
    assert.deepEqual([...new Set((await Promise.all(foreign)).map(({ status }) => status))], [404])
  })

  test('an unknown and a foreign order are 404', async () => {
    const claim = newClaim()
    await house.place([claim])
    for (const response of [
      await house.get(newId(), claim.claimId),
      await house.get(claim.userId, newId()),
    ]) {
      assert.equal(response.status, 404)
      assert.equal(((await response.json()) as { code: string }).code, 'not_found')
    }
    assert.deepEqual(await house.list(newId()), { orders: [] })
  })

  test('an order that waits to be made is seen by its buyer alone, and so is why it never will be', async () => {
    const { claimId, saleId, userId, quantity, traceId } = newClaim({ quantity: 2 })
    const wish = { claimId, saleId, quantity, traceId }
    const seen = { orderId: claimId, saleId, quantity, traceId }
    house.inventory.wishes.set(`${userId} ${claimId}`, wish)
    assert.deepEqual(await house.read(userId, claimId), { ...seen, state: 'queued' })
    assert.equal((await house.get(newId(), claimId)).status, 404)
    const refused = [
      ['sold-out', 'sold_out'],
      ['limit', 'limit_reached'],
      ['busy', 'overloaded'],
    ] as const
    for (const [reason, code] of refused) {
      house.inventory.wishes.set(`${userId} ${claimId}`, { ...wish, refused: reason })
      assert.deepEqual(await house.read(userId, claimId), { ...seen, state: 'refused', code })
    }
  })

  test('when nobody can say whether an order waits, it is not called unknown', async () => {
    const { decide } = house.inventory
    house.inventory.decide = null
    const response = await house.get(newId(), newId())
    house.inventory.decide = decide
    assert.equal(response.status, 503)
    assert.equal(response.headers.get('retry-after'), '1')
  })

  const user = newId()
  const forged = Buffer.from(`1.${newId()} `).toString('base64url')
  const badQueries = [
    '?limit=0',
    '?limit=101',
    '?limit=-1',
    '?limit=1.5',
    '?limit=abc',
    '?limit=',
    '?limit=1&limit=2',
    '?cursor=',
    '?cursor=x',
    '?cursor=%00',
    `?cursor=${forged}`,
    `?cursor=${Buffer.from(`99999999999999999999.${newId()}`).toString('base64url')}`,
    `?cursor=${Buffer.from('1.not-an-id').toString('base64url')}`,
    `?cursor=${'A'.repeat(101)}`,
    '?offset=3',
  ]
  const badPaths = [
    `/internal/users/1/orders`,
    `/internal/users/${user.toUpperCase()}x/orders`,
    `/internal/users/${user}/orders/1`,
    `/internal/users/${user}/orders/${user.slice(0, -1)}g`,
    `/internal/users/${user}/orders/%00`,
  ]
  for (const path of [...badQueries.map((query) => `/internal/users/${user}/orders${query}`), ...badPaths]) {
    test(`GET ${path.replaceAll(user, 'U').slice(0, 60)} is not valid`, async () => {
      const response = await house.ask(path)
      assert.equal(response.status, 400)
      assert.equal(((await response.json()) as { code: string }).code, 'invalid_request')
    })
  }

  const claim = newClaim()
  const badBatches: Record<string, unknown> = {
    'no JSON': '{"budgetMs": 100, "claims": [',
    'no object': [],
    null: 'null',
    'no claims': { budgetMs: 100, claims: [] },
    'claims missing': { budgetMs: 100 },
    'too many claims': { budgetMs: 100, claims: Array.from({ length: 513 }, () => newClaim()) },
    'no budget': { claims: [claim] },
    'budget 0': { budgetMs: 0, claims: [claim] },
    'budget of text': { budgetMs: '100', claims: [claim] },
    'endless budget': { budgetMs: 60_001, claims: [claim] },
    'an unknown field': { budgetMs: 100, claims: [claim], admin: true },
    'an unknown field of a claim': { budgetMs: 100, claims: [{ ...claim, unitPriceCents: 1 }] },
    'quantity 0': { budgetMs: 100, claims: [{ ...claim, quantity: 0 }] },
    'quantity 1.5': { budgetMs: 100, claims: [{ ...claim, quantity: 1.5 }] },
    'quantity 1e9': { budgetMs: 100, claims: [{ ...claim, quantity: 1e9 }] },
    'quantity of text': { budgetMs: 100, claims: [{ ...claim, quantity: '1' }] },
    'a claim id of another kind': { budgetMs: 100, claims: [{ ...claim, claimId: 'x' }] },
    'a claim id with a comma': { budgetMs: 100, claims: [{ ...claim, claimId: `${claim.claimId},` }] },
    'a user id with NUL': { budgetMs: 100, claims: [{ ...claim, userId: '\u0000' }] },
    'a sale id that is null': { budgetMs: 100, claims: [{ ...claim, saleId: null }] },
    'a trace id too short': { budgetMs: 100, claims: [{ ...claim, traceId: 'ab' }] },
    'one bad claim among good ones': { budgetMs: 100, claims: [newClaim(), { ...claim, keyPrint: -1 }] },
  }
  for (const [what, body] of Object.entries(badBatches)) {
    test(`a batch with ${what} is not valid and asks inventory nothing`, async () => {
      const asked = house.inventory.asked.length
      const response = await house.post('/internal/orders', body)
      assert.equal(response.status, 400)
      assert.equal(((await response.json()) as { code: string }).code, 'invalid_request')
      assert.equal(house.inventory.asked.length, asked)
    })
  }

  test('without the internal key nothing is answered', async () => {
    for (const method of ['POST', 'GET']) {
      for (const room of ['internal', '%69nternal']) {
        const path = method === 'POST' ? `/${room}/orders` : `/${room}/users/${user}/orders`
        const response = await fetch(house.url + path, { method })
        assert.equal(response.status, 401, path)
        assert.equal(((await response.json()) as { code: string }).code, 'unauthenticated')
      }
    }
  })
})
