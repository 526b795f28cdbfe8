import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newId } from '@stampede/contracts/ids'
import { openMultiProcess } from '../src/stages/multi-process.ts'
import { stageCases } from '../src/stages/stage.cases.ts'
import { claimOf, holdUntilAll, openStory, word } from './fixture.ts'

const soon = () => performance.now() + 20_000

describe('multi-process, guarded by a lock and a fence', () => {
  stageCases(() => openStory((deps) => openMultiProcess(deps, 'guarded')))
})

test('multi-process, naive: four workers see the same unit, and four are sold', async () => {
  const between = holdUntilAll(4)
  const { stage, openSale, witness } = await openStory((deps) => openMultiProcess(deps, 'naive'), { between })
  const saleId = await openSale({ units: 1 })
  const claims = Array.from({ length: 4 }, () => claimOf(saleId, newId(), 'key'))
  const verdicts = await stage.claim(claims, soon())
  assert.deepEqual(verdicts.map(word), ['won', 'won', 'won', 'won'])
  assert.deepEqual(await stage.count(saleId), { left: -3, won: 4 })
  const sights = witness.tell(saleId).sights
  const reads = sights.filter(({ what }) => what === 'read')
  assert.deepEqual(
    reads.map(({ stock }) => stock),
    [1, 1, 1, 1],
  )
  assert.equal(new Set(reads.map(({ who }) => who)).size, 4)
})

test('multi-process, mutex: each worker has its own, so of twenty buyers still four get the unit', async () => {
  const between = holdUntilAll(4)
  const { stage, openSale, witness } = await openStory((deps) => openMultiProcess(deps, 'mutex'), { between })
  const saleId = await openSale({ units: 1 })
  const claims = Array.from({ length: 20 }, () => claimOf(saleId, newId(), 'key'))
  const words = (await stage.claim(claims, soon())).map(word)
  assert.equal(words.filter((each) => each === 'won').length, 4)
  assert.equal(words.filter((each) => each === 'sold-out').length, 16)
  assert.deepEqual(await stage.count(saleId), { left: -3, won: 4 })
  assert.equal(witness.figures(saleId).lockWaits, 16)
})

test('multi-process, lock: while no holder is paused, the lock does hold', async () => {
  // Long enough for the other three to look too, if they were let.
  const between = () => sleep(20)
  const { stage, openSale, witness } = await openStory((deps) => openMultiProcess(deps, 'lock'), { between })
  const claimsOf = (saleId: string, count: number) =>
    Array.from({ length: count }, () => claimOf(saleId, newId(), 'key'))
  // So that all four have started.
  await stage.claim(claimsOf(await openSale({ units: 4 }), 4), soon())
  const saleId = await openSale({ units: 5 })
  const words = (await stage.claim(claimsOf(saleId, 40), soon())).map(word)
  assert.equal(words.filter((each) => each === 'won').length, 5)
  assert.equal(words.filter((each) => each === 'sold-out').length, 35)
  assert.deepEqual(await stage.count(saleId), { left: 0, won: 5 })
  assert.ok(witness.figures(saleId).lockWaits > 0)
})
