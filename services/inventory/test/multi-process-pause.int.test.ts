import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim, Verdict } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import type { Variant } from '@stampede/contracts/sales'
import { testEngines } from '@stampede/local/test-engines'
import { Redis } from 'ioredis'
import { openMultiProcess } from '../src/stages/multi-process.ts'
import { claimOf, openStory, until, word } from './fixture.ts'

const { REDIS_GATE_URL } = await testEngines(['postgres', 'redis-gate'])
const LEASE_MS = 500
const soon = () => performance.now() + 20_000

/**
 * One unit; the first buyer's worker is stopped by the kernel after it has looked, and stays so past its
 * lease, until `wake`. The second buyer's worker waits for the lock, looks, and then waits for `act`.
 */
async function openPause(variant: Variant) {
  const act = Promise.withResolvers<void>()
  const looked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  let pid = 0
  const between = async ({ claimId }: Claim) => {
    const isFirst = claimId === claims[0].claimId
    if (isFirst) pid = workerOf(claimId)
    if (isFirst) process.kill(pid, 'SIGSTOP')
    looked[isFirst ? 0 : 1].resolve()
    if (!isFirst) await act.promise
  }
  const open = { between, leaseMs: LEASE_MS }
  const story = await openStory((deps) => openMultiProcess(deps, variant), open)
  const { stage, witness } = story
  const saleId = await story.openSale({ units: 1 })
  const claims = [claimOf(saleId, newId(), 'key'), claimOf(saleId, newId(), 'key')] as const

  /** Its worker is known by what it noted when it read. */
  function workerOf(claimId: string): number {
    const sight = witness.tell(saleId).sights.find((each) => each.claimId === claimId)
    return Number(sight?.who.replace('process ', ''))
  }
  const ask = async (claim: Claim) => word((await stage.claim([claim], soon()))[0] as Verdict)
  const first = ask(claims[0])
  await looked[0].promise
  const second = ask(claims[1])
  await looked[1].promise
  const figures = witness.figures(saleId)
  return {
    ...{ first, second, figures, act: act.resolve },
    wake: () => process.kill(pid, 'SIGCONT'),
    count: () => stage.count(saleId),
  }
}

test('a holder paused past its lease: the lock alone sells the unit twice', async () => {
  const { first, second, act, wake, count, figures } = await openPause('lock')
  act()
  assert.equal(await second, 'won')
  assert.ok(figures.lockWaits >= 1)
  wake()
  assert.equal(await first, 'won')
  assert.deepEqual(await count(), { left: -1, won: 2 })
})

test('a holder paused past its lease: the fence keeps it out after the other has written', async () => {
  const { first, second, act, wake, count, figures } = await openPause('guarded')
  act()
  assert.equal(await second, 'won')
  wake()
  assert.equal(await first, 'busy')
  assert.deepEqual(await count(), { left: 0, won: 1 })
  assert.ok(figures.lockTimeouts >= 1)
})

test('a holder paused past its lease: the fence keeps it out once the other has only looked', async () => {
  const { first, second, act, wake, count } = await openPause('guarded')
  wake()
  assert.equal(await first, 'busy')
  act()
  assert.equal(await second, 'won')
  assert.deepEqual(await count(), { left: 0, won: 1 })
})

test('Redis forgets the tokens: they grow on from the row, and nobody is refused for it', async () => {
  const { stage, openSale, pool } = await openStory((deps) => openMultiProcess(deps, 'guarded'))
  const saleId = await openSale({ units: 10 })
  const redis = new Redis(REDIS_GATE_URL)
  const first = await stage.claim([claimOf(saleId, newId(), 'key')], soon())
  assert.deepEqual(first.map(word), ['won'])
  // As after a long sale: so far behind that drawing tokens one by one would not catch up.
  await pool.query('UPDATE shelf SET fence = 1000000 WHERE sale_id = $1', [saleId])
  assert.equal(await redis.del(`fence:{${saleId}}`), 1)
  const [verdict] = await stage.claim([claimOf(saleId, newId(), 'key')], soon())
  assert.equal(word(verdict), 'won')
  const { rows } = await pool.query('SELECT fence FROM shelf WHERE sale_id = $1', [saleId])
  assert.equal((rows[0] as { fence: number }).fence, 1_000_001)
  assert.deepEqual(await stage.count(saleId), { left: 8, won: 2 })
  redis.disconnect()
})

test('a lock nobody lets go of: its waiters are refused and counted, and it ends with its lease', async () => {
  const { stage, openSale, witness } = await openStory((deps) => openMultiProcess(deps, 'guarded'))
  const saleId = await openSale({ units: 1 })
  const redis = new Redis(REDIS_GATE_URL)
  await redis.set(`lock:{${saleId}}`, 'somebody', 'PX', 30_000)
  const claim = claimOf(saleId, newId(), 'key')
  assert.equal(word((await stage.claim([claim], soon()))[0]), 'busy')
  assert.equal(witness.figures(saleId).lockTimeouts, 1)
  await redis.pexpire(`lock:{${saleId}}`, 50)
  await sleep(100)
  assert.equal(word((await stage.claim([claim], soon()))[0]), 'won')
  await until(async () => (await redis.exists(`lock:{${saleId}}`)) === 0, 'the lock is given back')
  redis.disconnect()
})
