import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeSigningKey } from './adapters/tokens-fast-jwt.ts'
import { loadConfig } from './config.ts'

const DATABASE_URL = 'postgresql://somebody@127.0.0.1:5432/somewhere'
const key = makeSigningKey()
const production = {
  NODE_ENV: 'production',
  DATABASE_URL,
  INTERNAL_KEY: 'a key that only we know',
  OPERATOR_PASSWORD: 'a password that only we know',
  SIGNING_KEYS: JSON.stringify([key]),
}

test('development needs only a database', () => {
  const config = loadConfig({ DATABASE_URL })
  assert.equal(config.PORT, 8081)
  assert.equal(config.ACCESS_TOKEN_SECONDS, 600)
  assert.equal(config.ALLOW_TEST_BUYERS, true)
  assert.deepEqual(config.signingKeys, [])
})

test('production starts when it is told all secrets, and makes no test buyers unless told to', () => {
  assert.equal(loadConfig(production).ALLOW_TEST_BUYERS, false)
  assert.equal(loadConfig({ ...production, ALLOW_TEST_BUYERS: 'true' }).ALLOW_TEST_BUYERS, true)
})

describe('production refuses', () => {
  for (const name of ['INTERNAL_KEY', 'OPERATOR_PASSWORD', 'SIGNING_KEYS'] as const) {
    test(`a missing ${name}`, () => {
      assert.throws(() => loadConfig({ ...production, [name]: undefined }), new RegExp(name))
    })
    test(`an empty ${name}, as an unset variable of a template leaves it`, () => {
      assert.throws(() => loadConfig({ ...production, [name]: '' }), new RegExp(name))
    })
  }
  test('the password everybody knows', () => {
    assert.throws(() => loadConfig({ ...production, OPERATOR_PASSWORD: 'operator' }), /OPERATOR_PASSWORD/)
  })
  test('an empty list of keys', () => {
    assert.throws(() => loadConfig({ ...production, SIGNING_KEYS: '[]' }), /SIGNING_KEYS/)
  })
})

describe('SIGNING_KEYS refuses', () => {
  const bad = {
    'what is not JSON': 'secret',
    'what is not a list': JSON.stringify(key),
    'a public key': JSON.stringify([{ ...key, d: undefined }]),
    'a key without kid': JSON.stringify([{ ...key, kid: undefined }]),
    'another curve': JSON.stringify([{ ...key, crv: 'X25519' }]),
    'two keys of one name': JSON.stringify([key, { ...makeSigningKey(), kid: key.kid }]),
  }
  for (const [title, SIGNING_KEYS] of Object.entries(bad)) {
    test(title, () => {
      const refusal = (error: Error) => /SIGNING_KEYS/.test(error.message) && !error.message.includes(key.d)
      assert.throws(() => loadConfig({ DATABASE_URL, SIGNING_KEYS }), refusal)
    })
  }
})

test('all that is wrong is said at once', () => {
  const bad = { PORT: '0', ACCESS_TOKEN_SECONDS: '59', DATABASE_SCHEMA: 'users; drop' }
  assert.throws(
    () => loadConfig(bad),
    (error: Error) => ['DATABASE_URL', ...Object.keys(bad)].every((name) => error.message.includes(name)),
  )
})
