import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { openAsync } from '../src/stages/async.ts'
import { claimOf, holdUntilAll, openStory, word } from './fixture.ts'

test('async, naive: asking for stock and buyer at once is still look-then-act', async () => {
  const between = holdUntilAll(5)
  const { stage, openSale } = await openStory((deps) => openAsync(deps, 'naive'), { between })
  const saleId = await openSale({ units: 1 })
  const claims = Array.from({ length: 5 }, () => claimOf(saleId, newId(), 'key'))
  const verdicts = await stage.claim(claims, performance.now() + 20_000)
  assert.deepEqual(verdicts.map(word), ['won', 'won', 'won', 'won', 'won'])
  assert.deepEqual(await stage.count(saleId), { left: -4, won: 5 })
})
