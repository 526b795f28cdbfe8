import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { keepSpansHere } from '@stampede/kit/testing/kept-spans'
import { keepWith } from '@stampede/kit/tracing/spans'
import { claimOf, openFixture, until, word } from './fixture.ts'

// What the ledger itself refuses, and what it tells, whoever writes to it.
const { pool, stage, gate, rebuild, openSale, books } = await openFixture()
const soon = () => performance.now() + 10_000

async function openSold(): Promise<string> {
  const saleId = await openSale({ units: 5 })
  assert.equal(word((await stage.claim([claimOf(saleId, newId(), 'k')], soon()))[0]), 'won')
  return saleId
}

for (const [what, sets] of [
  ['counters whose sum is not the units of the sale', 'available = available + 1'],
  ['less than nothing for sale', 'available = available - 10, reserved = reserved + 10'],
  ['less than nothing reserved', 'reserved = reserved - 2, sold = sold + 2'],
] as const) {
  test(`${what} cannot be written`, async () => {
    const saleId = await openSold()
    const before = await books(saleId)
    await assert.rejects(pool.query(`UPDATE sale SET ${sets} WHERE sale_id = $1`, [saleId]), {
      code: '23514',
    })
    assert.deepEqual(await books(saleId), before)
  })
}

test('a buyer with more than the limit cannot be written', async () => {
  const saleId = await openSold()
  const more = 'UPDATE buyer_use SET used = allowed + 1 WHERE sale_id = $1'
  await assert.rejects(pool.query(more, [saleId]), { code: '23514', constraint: 'buyer_use_limit' })
})

test('each claim that is entered is told of, once, under its own key', async () => {
  const saleId = await openSale({ units: 3 })
  const claims = Array.from({ length: 5 }, () => claimOf(saleId, newId(), 'k'))
  const words = (await stage.claim(claims, soon())).map(word)
  const again = (await stage.claim(claims, soon())).map(word)
  assert.deepEqual([words, again], [['won', 'won', 'won', 'sold-out', 'sold-out'], words])
  const { rows } = await pool.query<{ events: string }>(
    `SELECT events FROM outbox WHERE topic = 'stock.reserved' AND events LIKE $1`,
    [`%${saleId}%`],
  )
  const lines = rows.flatMap(({ events }) => events.split('\n')).map((line) => line.split('\t'))
  const told = lines.flatMap(([key, event = '']) => {
    const { subject, data } = JSON.parse(event)
    assert.deepEqual([key, subject], [data.reservations[0].claimId, key])
    return data.reservations.map(({ claimId }: { claimId: string }) => claimId) as string[]
  })
  assert.deepEqual(
    told,
    claims.slice(0, 3).map(({ claimId }) => claimId),
  )
})

test('from the first doubt on the gate of a sale is shut, until its view has been made anew', async () => {
  const saleId = await openSale({ units: 5 })
  const holder = await pool.connect()
  try {
    await holder.query('BEGIN')
    await holder.query('SELECT FROM sale WHERE sale_id = $1 FOR UPDATE', [saleId])
    const rebuilt = rebuild(saleId, 'test')
    await until(async () => (await gate.look(saleId)) === undefined, 'the gate is shut', 2_000)
    const spans = keepSpansHere()
    assert.equal(word((await stage.claim([claimOf(saleId, newId(), 'k')], soon()))[0]), 'gate-closed')
    keepWith(undefined)
    // Nobody decided: that is a failure of the gate, and kept though its trace was not chosen.
    const told = spans.map(({ name, attributes }) => [name, attributes['error.type']])
    assert.deepEqual(told, [['inventory gate', 'gate_closed']])
    await holder.query('ROLLBACK')
    await rebuilt
  } finally {
    holder.release()
  }
  assert.equal(word((await stage.claim([claimOf(saleId, newId(), 'k')], soon()))[0]), 'won')
})

test('a view that was read long ago never takes the place of a newer one', async () => {
  const saleId = await openSale({ units: 5 })
  const none = { users: chunks(), claims: chunks() }
  const terms = { limit: 1, state: 'open', startsAt: 0, endsAt: Date.now() + 60_000 }
  const { epoch = 0 } = (await gate.look(saleId)) ?? {}
  for (const older of [epoch, epoch - 1]) {
    assert.equal(await gate.load({ saleId, epoch: older, left: 1_000, ...terms, ...none }), false)
  }
  assert.equal((await gate.look(saleId))?.left, 5)
})

/** Nobody has bought. */
async function* chunks(): AsyncGenerator<never[]> {}
