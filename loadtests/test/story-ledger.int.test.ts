import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { testEngines } from '@stampede/local/test-engines'
import { Client } from 'pg'
import { LedgerReader } from '../story/ledger.ts'
import { ANN, CAY, LIVES, SALE_ID } from './small-lives.ts'
import { makeWorld } from './small-world.ts'

const WORLD = `story_${process.pid}`
const SEGMENT = newId()
const CARL = newId()

after(async () => {
  await reader.close()
  await world.end()
  await admin.query(`DROP DATABASE ${WORLD}`)
  await admin.end()
})
const { DATABASE_URL } = await testEngines(['postgres'])
const admin = await connect(DATABASE_URL)
await admin.query(`CREATE DATABASE ${WORLD}`)
const url = new URL(DATABASE_URL)
url.pathname = `/${WORLD}`
const world = await connect(url.href)
await makeWorld(world)
const reader = new LedgerReader(url.href)
await reader.open()

test('units promised are those held or sold, and every order is there whatever became of it', async () => {
  const { units, reservations, orderIds } = await reader.read(SALE_ID)
  assert.equal(units, 10)
  assert.deepEqual(
    new Map(reservations.map(({ claimId, quantity }) => [claimId, quantity])),
    new Map([
      [ANN.orderId, 2],
      [CAY.orderId, 1],
    ]),
  )
  assert.deepEqual([...orderIds].sort(), LIVES.map(({ wish }) => wish.orderId).sort())
})

test('a sale in segments is one sale', async () => {
  await world.query(`INSERT INTO inventory.sale
    SELECT '${SEGMENT}', title, sku, 5, 5, 0, 0, price_cents, currency, starts_at, ends_at, limit_per_user,
      payment_window_seconds, stage, variant, status, epoch, last_stamp, created_at, 1, '${SALE_ID}'
    FROM inventory.sale WHERE sale_id = '${SALE_ID}'`)
  await hold(SEGMENT)
  const { units, reservations } = await reader.read(SALE_ID)
  assert.equal(units, 15)
  assert.deepEqual(
    new Set(reservations.map(({ claimId }) => claimId)),
    new Set([ANN.orderId, CAY.orderId, CARL]),
  )
  assert.equal(reservations.at(-1)?.claimId, CARL)
})

test('a sale is settled when nothing moved for a while, and the last move is told', async () => {
  const quiet = await reader.settle(SALE_ID, false)
  assert.equal(quiet, 0)
  const late = new Promise((done) => setTimeout(done, 250)).then(() => hold(SALE_ID, newId()))
  const moved = await reader.settle(SALE_ID, false)
  await late
  assert.ok(moved >= 200, `${moved}`)
})

/** A later claim of Ann's quantity. */
async function hold(saleId: string, claimId = CARL): Promise<void> {
  await world.query(
    `INSERT INTO inventory.reservation (claim_id, sale_id, user_id, trace_id, stamp, key_print, quantity,
       state, reserved_at, expires_at)
     SELECT $1, $2, user_id, trace_id, 2, 1, quantity, 'sold', reserved_at + interval '1 second', expires_at
     FROM inventory.reservation WHERE claim_id = $3`,
    [claimId, saleId, ANN.orderId],
  )
}

async function connect(to: string): Promise<Client> {
  const client = new Client({ connectionString: to })
  await client.connect()
  return client
}
