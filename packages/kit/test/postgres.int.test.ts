import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { pino } from 'pino'
import { snapshot as counted, Distribution } from '../src/metrics/instruments.ts'
import { openPool, type Pool, snapshot, transaction } from '../src/postgres.ts'

const SCHEMA = `kit_postgres_${process.pid}`
let pool: Pool

before(async () => {
  const log = pino({ level: 'silent' })
  const url = process.env['DATABASE_URL'] ?? ''
  pool = openPool({ url, schema: SCHEMA, service: 'kit-test', connectionsMax: 2, log })
  await pool.query(`create schema ${SCHEMA}`)
  await pool.query('create table note (n int primary key)')
})
after(async () => {
  await pool.query(`drop schema ${SCHEMA} cascade`)
  await pool.end()
})

beforeEach(() => pool.query('truncate note'))

const ADD = 'insert into note values ($1)'
const notes = async () =>
  (await pool.query<{ n: number }>('select n from note order by n')).rows.map(({ n }) => n)

test('what was asked and what was sent along is committed together', async () => {
  const found = await transaction(pool, async (tx) => {
    tx.send(ADD, [1])
    await tx.query(ADD, [2])
    tx.send(ADD, [3])
    return (await tx.query<{ n: number }>('select n from note order by n')).rows.length
  })
  assert.equal(found, 3)
  assert.deepEqual(await notes(), [1, 2, 3])
})

test('a statement nobody waits for undoes the transaction when it fails, and says why', async () => {
  const doomed = transaction(pool, async (tx) => {
    await tx.query(ADD, [4])
    tx.send(ADD, [4])
  })
  await assert.rejects(doomed, { code: '23505' })
  assert.deepEqual(await notes(), [])
})

test('an error that was caught does not pass for a commit', async () => {
  const doomed = transaction(pool, async (tx) => {
    await tx.query(ADD, [4])
    await tx.query(ADD, [4]).catch(() => undefined)
    return 'done'
  })
  await assert.rejects(doomed, /rolled back/)
  assert.deepEqual(await notes(), [])
})

test('what throws is undone, and the connection serves the next', async () => {
  for (let i = 0; i < 5; i++) {
    const doomed = transaction(pool, async (tx) => {
      tx.send(ADD, [4])
      throw new Error('changed my mind')
    })
    await assert.rejects(doomed, /changed my mind/)
  }
  assert.deepEqual(await notes(), [])
  assert.equal(pool.totalCount <= 2 && pool.waitingCount === 0, true)
})

test('what is read in a snapshot is of one instant, whatever is committed meanwhile', async () => {
  const reader = await pool.connect()
  const count = 'select count(*)::int as n from note'
  try {
    const seen = await snapshot(reader, async (tx) => {
      const before = (await tx.query<{ n: number }>(count)).rows[0]?.n
      await pool.query(ADD, [5])
      return [before, (await tx.query<{ n: number }>(count)).rows[0]?.n]
    })
    assert.deepEqual(seen, [0, 0])
  } finally {
    reader.release()
  }
  assert.deepEqual(await notes(), [5])
})

test('a pool tells how many connections it has, who waits for one and for how long, until it has ended', async () => {
  const [url, log] = [process.env['DATABASE_URL'] ?? '', pino({ level: 'silent' })]
  const counting = openPool({ url, schema: SCHEMA, service: 'kit-counted', connectionsMax: 1, log })
  const told = (metric: string) => {
    const all = counted().find(({ name }) => name === `db.client.connection.${metric}`)?.lines ?? []
    const own = all.filter(({ attributes }) => attributes['db.client.connection.pool.name'] === 'kit-counted')
    return own.map(({ value }) => (value instanceof Distribution ? value.sum : value))
  }
  const only = await counting.connect()
  const later = counting.query('select 1')
  await new Promise((resolve) => setTimeout(resolve, 50))
  // Idle, then used.
  assert.deepEqual([told('count'), told('pending_requests'), told('max')], [[0, 1], [1], [1]])
  only.release()
  await later
  assert.deepEqual([told('count'), told('pending_requests')], [[1, 0], [0]])
  const [waited = 0] = told('wait_time')
  assert.ok(waited >= 0.049, `${waited} s`)
  await counting.end()
  assert.deepEqual([told('count'), told('max')], [[], []])
})
