import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { makeSigningKey } from '../src/adapters/tokens-fast-jwt.ts'
import { addPerson, ask, claimsOf, type House, logIn, openHouse } from './house.ts'

const [newKey, oldKey] = [makeSigningKey(), makeSigningKey()]
let house: House

before(async () => {
  house = await openHouse({ signingKeys: [oldKey] })
})
after(() => house.close())

describe('access tokens and public keys', () => {
  test('a token is good by the keys anybody can read, which may be kept for five minutes', async () => {
    const person = await addPerson(house)
    const { accessToken, expiresIn } = await logIn(house, person)
    const open = await ask(`${house.url}/.well-known/jwks.json`, {})
    assert.equal(open.status, 200)
    assert.equal(open.headers.get('cache-control'), 'public, max-age=300')
    const claims = claimsOf(accessToken, open.body.keys)
    assert.equal(claims.sub, person.userId)
    assert.equal(claims.role, 'buyer')
    assert.equal(claims.exp - claims.iat, expiresIn)
    const { now, ...keySet } = (await house.get('/internal/jwks')).body
    assert.deepEqual(keySet, open.body)
    assert.ok(Math.abs(now - Date.now()) < 5_000)
  })

  test('while keys change both are published: old and new tokens are good', async (t) => {
    const { DATABASE_SCHEMA } = house.config
    const next = await openHouse({ DATABASE_SCHEMA, signingKeys: [newKey, oldKey], ACCESS_TOKEN_SECONDS: 60 })
    t.after(() => next.stop())
    const person = await addPerson(house)
    const [oldSession, newSession] = [await logIn(house, person), await logIn(next, person)]
    const { keys } = (await next.get('/internal/jwks')).body
    assert.deepEqual(
      keys.map((key: { kid: string }) => key.kid),
      [newKey.kid, oldKey.kid],
    )
    assert.equal(claimsOf(oldSession.accessToken, keys).sub, person.userId)
    assert.equal(claimsOf(newSession.accessToken, keys).sub, person.userId)
    assert.equal(newSession.expiresIn, 60)
    assert.equal(claimsOf(newSession.accessToken, (await house.get('/internal/jwks')).body.keys), undefined)
  })
})

describe('test buyers', () => {
  test('10,000 come in one answer: all different, all good tokens of accounts that exist', async () => {
    const { status, body } = await house.post('/internal/buyers', { count: 10_000 })
    assert.equal(status, 201)
    assert.equal(body.buyers.length, 10_000)
    assert.equal(new Set(body.buyers.map((buyer: { userId: string }) => buyer.userId)).size, 10_000)
    const { keys } = (await house.get('/internal/jwks')).body
    for (const { userId, accessToken } of [body.buyers[0], body.buyers[251], body.buyers[9_999]]) {
      const claims = claimsOf(accessToken, keys)
      assert.equal(claims.sub, userId)
      assert.equal(claims.exp - claims.iat, 3_600)
      const read = await house.get(`/internal/users/${userId}`)
      assert.equal(read.body.role, 'buyer')
    }
    const ids = body.buyers.map((buyer: { userId: string }) => buyer.userId)
    const [row] = await house.sql('SELECT count(*)::int AS n FROM users WHERE user_id = ANY($1::uuid[])', [
      ids,
    ])
    assert.equal(row.n, 10_000)
  })

  test('others are answered while they are made', async () => {
    const making = house.post('/internal/buyers', { count: 5_000 })
    let made = false
    making.then(() => {
      made = true
    })
    let answers = 0
    while (!made) {
      assert.equal((await ask(`${house.url}/health/live`, {})).status, 200)
      answers++
    }
    await making
    assert.ok(answers > 10, `${answers} answers meanwhile`)
  })

  test('have no password: nobody logs in to them', async () => {
    const { body } = await house.post('/internal/buyers', { count: 1 })
    assert.equal(body.buyers.length, 1)
    const { body: buyer } = await house.get(`/internal/users/${body.buyers[0].userId}`)
    const { status } = await house.post('/internal/sessions', {
      email: buyer.email,
      password: 'no account has this hash',
    })
    assert.equal(status, 401)
  })

  test('are not to be had where they are not allowed', async (t) => {
    const { DATABASE_SCHEMA } = house.config
    const strict = await openHouse({ DATABASE_SCHEMA, ALLOW_TEST_BUYERS: false })
    t.after(() => strict.stop())
    const { status, body } = await strict.post('/internal/buyers', { count: 1 })
    assert.equal(status, 404)
    assert.equal(body.code, 'not_found')
  })
})
