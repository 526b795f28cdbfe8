import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './config.ts'

test('development needs nothing to be told', () => {
  const config = loadConfig({})
  assert.deepEqual([config.PORT, config.DEADLINE_MS, config.CLAIMS_IN_FLIGHT], [8080, 2_000, 2])
  assert.ok(Object.isFrozen(config))
})

test('every bad variable is named at once', () => {
  const bad = {
    PORT: '80808',
    USER_URL: 'localhost:8081',
    ORDER_URL: 'http://127.0.0.1:8083/path',
    PAYMENT_URL: '127.0.0.1:8084',
    DEADLINE_MS: 'soon',
    QUOTA_ATTEMPTS: '0',
    TRUST_PROXY: '1 hop',
  }
  assert.throws(
    () => loadConfig(bad),
    ({ message }: Error) => Object.keys(bad).every((name) => message.includes(`${name}:`)),
  )
})

test('a number of hops is no list of proxies: Fastify would believe nobody, or everybody', () => {
  for (const hops of ['1', 'true', '*']) assert.throws(() => loadConfig({ TRUST_PROXY: hops }), hops)
  assert.equal(loadConfig({ TRUST_PROXY: '10.0.0.0/8,::1' }).TRUST_PROXY, '10.0.0.0/8,::1')
})

test('production needs a key of its own', () => {
  assert.throws(() => loadConfig({ NODE_ENV: 'production' }), /INTERNAL_KEY/)
  assert.ok(loadConfig({ NODE_ENV: 'production', INTERNAL_KEY: 'x'.repeat(32) }))
})
