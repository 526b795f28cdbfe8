import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEngines } from '@stampede/local/engines'
import { Redis } from 'ioredis'
import pg from 'pg'

test('an engine killed comes back by itself: ledger and queue with their data, the gate empty', async () => {
  const engines = await openEngines({ profile: 'test', only: ['postgres', 'redis-gate', 'redis-queue'] })
  try {
    const { DATABASE_URL, REDIS_GATE_URL, REDIS_QUEUE_URL } = engines.urls
    await query(DATABASE_URL, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)')
    await command(REDIS_GATE_URL, (redis) => redis.set('key', 'gate'))
    await command(REDIS_QUEUE_URL, (redis) => redis.set('key', 'queue'))
    for (const name of ['postgres', 'redis-gate', 'redis-queue']) {
      await engines.kill(name)
      await engines.untilReady(name)
    }
    assert.deepEqual(await query(DATABASE_URL, 'SELECT id FROM kept'), [{ id: 1 }])
    assert.equal(await command(REDIS_GATE_URL, (redis) => redis.get('key')), null)
    assert.equal(await command(REDIS_QUEUE_URL, (redis) => redis.get('key')), 'queue')
  } finally {
    await engines.close()
  }
})

test('Postgres is durable here too: fsync is on', async () => {
  const engines = await openEngines({ profile: 'test', only: ['postgres'] })
  try {
    assert.deepEqual(await query(engines.urls.DATABASE_URL, 'SHOW fsync'), [{ fsync: 'on' }])
  } finally {
    await engines.close()
  }
})

async function query(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function command<T>(url: string, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url)
  try {
    return await ask(redis)
  } finally {
    redis.disconnect()
  }
}
