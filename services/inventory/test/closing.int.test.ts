import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openLog } from '@stampede/kit/log'
import { openPool } from '@stampede/kit/postgres'
import { freePort } from '@stampede/kit/testing/free-port'
import { testEngines } from '@stampede/local/test-engines'
import { openApp } from '../src/app.ts'
import { config as given } from '../src/config.ts'
import { until } from './fixture.ts'

/** What a service is given to drain; a look may take three times as long. */
const CLOSE_MS = 10_000
const LOOKING = `SELECT FROM pg_stat_activity WHERE application_name = 'inventory'
  AND wait_event_type = 'Lock' AND query LIKE '%WITH current AS%'`

test('a long look at the books does not hold up a shutdown', async (t) => {
  const urls = await testEngines(['postgres', 'redis-gate', 'redis-queue', 'kafka'])
  const name = `inventory_closing_${randomBytes(4).toString('hex')}`
  const config = {
    ...{ ...given, ...urls, PORT: await freePort() },
    ...{ DATABASE_SCHEMA: name, QUEUE_PREFIX: name, EVENTS_PREFIX: `${name.replaceAll('_', '-')}.` },
  }
  const log = openLog('inventory-test', 'fatal')
  const pool = openPool({ url: config.DATABASE_URL, schema: name, service: 'test', connectionsMax: 2, log })
  const app = await openApp(config, log)
  const holder = await pool.connect()
  t.after(async () => {
    await holder.query('ROLLBACK')
    holder.release()
    await pool.query(`DROP SCHEMA ${name} CASCADE`)
    await pool.end()
  })
  await holder.query('SET idle_in_transaction_session_timeout = 0')
  await holder.query('BEGIN')
  await holder.query('LOCK TABLE reservation IN ACCESS EXCLUSIVE MODE')
  await until(async () => (await pool.query(LOOKING)).rowCount === 1, 'a look that waits')
  const startedAt = performance.now()
  await app.close()
  const tookMs = performance.now() - startedAt
  assert.ok(tookMs < CLOSE_MS, `closed after ${tookMs} ms`)
})
