import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { type House, newCharge, openHouse, until } from './house.ts'

let house: House
let sql: pg.Client
before(async () => {
  house = await openHouse()
  const options = `-c search_path=${house.schema}`
  sql = new pg.Client({ connectionString: process.env['DATABASE_URL'], options })
  await sql.connect()
})
after(async () => {
  await sql.end()
  await house.close()
})

test('more given back than was taken cannot be written, by whatever way', async () => {
  const { reference } = newCharge()
  await house.charge(newCharge({ reference }))
  await until('its end', async () => (await house.find(reference)).body.state === 'succeeded')
  for (const cents of ['taken_cents + 1', '-1']) {
    const more = sql.query(`update charge set refunded_cents = ${cents} where reference = $1`, [reference])
    await assert.rejects(more, { code: '23514', constraint: 'charge_refunded' })
  }
  assert.equal((await house.find(reference)).body.refundedCents, 0)
})
