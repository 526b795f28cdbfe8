import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { openSingleProcess } from '../src/stages/single-process.ts'
import { stageCases } from '../src/stages/stage.cases.ts'
import { claimOf, holdUntilAll, openStory, word } from './fixture.ts'

const soon = () => performance.now() + 20_000

describe('single process, guarded by a mutex', () => {
  stageCases(() => openStory((deps) => openSingleProcess(deps, 'guarded')))
})

test('single process, naive: five buyers see the same unit, and all five get it', async () => {
  const between = holdUntilAll(5)
  const { stage, openSale } = await openStory((deps) => openSingleProcess(deps, 'naive'), { between })
  const saleId = await openSale({ units: 1 })
  const claims = Array.from({ length: 5 }, () => claimOf(saleId, newId(), 'key'))
  const verdicts = await stage.claim(claims, soon())
  assert.deepEqual(verdicts.map(word), ['won', 'won', 'won', 'won', 'won'])
  assert.deepEqual(await stage.count(saleId), { left: -4, won: 5 })
})

test('the small pool: whoever waits for a connection is counted, and nobody is lost', async () => {
  const { stage, openSale, witness } = await openStory((deps) => openSingleProcess(deps, 'naive'))
  const saleId = await openSale({ units: 1_000 })
  const claims = Array.from({ length: 200 }, () => claimOf(saleId, newId(), 'key'))
  const verdicts = await stage.claim(claims, soon())
  assert.equal(verdicts.map(word).filter((each) => each === 'won').length, 200)
  assert.ok(witness.tell(saleId).figures.poolWaits > 100)
})
