import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '@stampede/contracts/ids'
import { STAGES } from '@stampede/contracts/sales'
import { openDatabase } from '../src/stages/database.ts'
import { stageCases } from '../src/stages/stage.cases.ts'
import { openStory, word } from './fixture.ts'

for (const variant of STAGES.database) {
  describe(`database, ${variant}`, () => {
    stageCases(() => openStory((deps) => openDatabase(deps, variant)))

    test('units added by two operators in the same moment are all for sale', async () => {
      const story = await openStory((deps) => openDatabase(deps, variant))
      const saleId = await story.openSale({ units: 1, limitPerUser: 1 })
      for (let i = 0; i < 2; i++) await story.sales.change(saleId, { addUnits: 1 })
      // Each of them sees the units of both.
      const sale = await story.rowOf(saleId)
      for (let i = 0; i < 2; i++) await story.stage.change(sale, 1)
      const claims = Array.from({ length: 4 }, () => story.claimOf(saleId, newId(), 'k'))
      const words = (await story.stage.claim(claims, performance.now() + 20_000)).map(word)
      assert.deepEqual(words.toSorted(), ['sold-out', 'won', 'won', 'won'])
    })
  })
}

test('database, unit-rows: a unit in another hand is passed over, and stays in it', async () => {
  const { pool, stage, openSale, claimOf } = await openStory((deps) => openDatabase(deps, 'unit-rows'))
  const saleId = await openSale({ units: 2, limitPerUser: 1 })
  const [holder, claim] = [newId(), claimOf(saleId, newId(), 'k')]
  const other = await pool.connect()
  await other.query('BEGIN')
  await other.query('UPDATE unit SET claim_id = $2 WHERE sale_id = $1 AND number = 1', [saleId, holder])
  const claimed = stage.claim([claim], performance.now() + 20_000)
  // Whoever waits for that hand gets its unit as soon as it opens.
  await Promise.race([claimed, sleep(1_000)])
  await other.query('COMMIT')
  other.release()
  assert.deepEqual((await claimed).map(word), ['won'])
  const { rows } = await pool.query('SELECT claim_id FROM unit WHERE sale_id = $1 ORDER BY number', [saleId])
  assert.deepEqual(
    rows.map((row) => row.claim_id),
    [holder, claim.claimId],
  )
})
