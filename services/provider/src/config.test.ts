import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from './config.ts'

const NEEDED = { DATABASE_URL: 'postgresql://127.0.0.1/x' }

test('it needs only a database, and does not know how its customer’s services recognise each other', () => {
  const config = loadConfig({ ...NEEDED, INTERNAL_KEY: 'a key that is none of its business' })
  assert.equal(config.PORT, 8087)
  assert.equal('INTERNAL_KEY' in config, false)
})

test('production needs secrets of its own, and names all that are missing', () => {
  assert.throws(
    () => loadConfig({ ...NEEDED, NODE_ENV: 'production' }),
    ({ message }: Error) => ['PROVIDER_KEY', 'WEBHOOK_SECRET'].every((name) => message.includes(`${name}:`)),
  )
})
