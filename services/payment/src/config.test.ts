import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './config.ts'

const NEEDED = { DATABASE_URL: 'postgresql://127.0.0.1/x', KAFKA_BROKERS: '127.0.0.1:9092' }
const OLD = Buffer.alloc(32, 'old').toString('base64')
const NEW = Buffer.alloc(32, 'new').toString('base64')

test('development needs only a database and a broker', () => {
  const { PORT, POLL_AFTER_MS, PROVIDER_URL } = loadConfig(NEEDED)
  assert.deepEqual([PORT, POLL_AFTER_MS, PROVIDER_URL], [8084, 2_000, 'http://127.0.0.1:8087'])
})

test('production needs secrets of its own, and names all that are missing', () => {
  const secrets = ['INTERNAL_KEY', 'PROVIDER_KEY', 'WEBHOOK_SECRET']
  assert.throws(
    () => loadConfig({ ...NEEDED, NODE_ENV: 'production' }),
    ({ message }: Error) => secrets.every((name) => message.includes(`${name}:`)),
  )
})

test('a webhook secret is one, or two while it is changed, and nothing that signs like none', () => {
  for (const WEBHOOK_SECRET of [NEW, `${OLD},${NEW}`, `whsec_${NEW}`, `${OLD},whsec_${NEW}`]) {
    assert.equal(loadConfig({ ...NEEDED, WEBHOOK_SECRET }).WEBHOOK_SECRET, WEBHOOK_SECRET)
  }
  for (const WEBHOOK_SECRET of [
    'x',
    ',',
    `${NEW},`,
    `,${NEW}`,
    `${NEW},${OLD},${NEW}`,
    `${NEW} `,
    'whsec_',
  ]) {
    assert.throws(() => loadConfig({ ...NEEDED, WEBHOOK_SECRET }), /WEBHOOK_SECRET/, WEBHOOK_SECRET)
  }
})
