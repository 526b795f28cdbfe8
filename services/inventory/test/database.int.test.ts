import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
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
