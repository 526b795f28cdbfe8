import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimsOf } from '../../test/house.ts'
import { makeSigningKey, openTokens } from './tokens-fast-jwt.ts'

const WHO = { userId: '01a1fde0-58bc-76ae-93bb-1fcd01f5da21', role: 'buyer' } as const

test('a token says what the contract says, for as long as asked', () => {
  const tokens = openTokens([makeSigningKey()], Date.now)
  const before = Math.floor(Date.now() / 1_000)
  const claims = claimsOf(tokens.sign(WHO, 600), [...tokens.keySet.keys])
  const { iat, exp, jti, ...rest } = claims
  assert.deepEqual(rest, { iss: 'stampede', aud: 'stampede-api', sub: WHO.userId, role: 'buyer' })
  assert.ok(iat >= before && iat <= before + 2)
  assert.equal(exp - iat, 600)
  assert.notEqual(jti, claimsOf(tokens.sign(WHO, 600), [...tokens.keySet.keys]).jti)
})

test('after a change of keys the old tokens are good, the new key signs', () => {
  const [oldKey, newKey] = [makeSigningKey(), makeSigningKey()]
  const oldToken = openTokens([oldKey], Date.now).sign(WHO, 600)
  const tokens = openTokens([newKey, oldKey], Date.now)
  const { keys } = tokens.keySet
  assert.ok(claimsOf(oldToken, [...keys]))
  assert.ok(
    claimsOf(
      tokens.sign(WHO, 600),
      keys.filter((key) => key.kid === newKey.kid),
    ),
  )
  assert.equal(
    claimsOf(
      oldToken,
      keys.filter((key) => key.kid === newKey.kid),
    ),
    undefined,
  )
})

test('a published key tells nothing of its private half', () => {
  const key = makeSigningKey()
  const { keySet } = openTokens([key], Date.now)
  assert.equal(JSON.stringify(keySet).includes(key.d), false)
  assert.deepEqual(Object.keys(keySet.keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x'])
})

test('halves of two keys are not a key', () => {
  const odd = { ...makeSigningKey(), x: makeSigningKey().x }
  assert.throws(() => openTokens([makeSigningKey(), odd], Date.now), /SIGNING_KEYS/)
})
