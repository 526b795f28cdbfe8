import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from '@stampede/contracts/claims'
import { newId } from '@stampede/contracts/ids'
import pLimit from 'p-limit'
import { audit } from '../src/adapters/audit-postgres.ts'
import { openRevive } from '../src/stages/revive.ts'
import { claimOf, openFixture, until } from './fixture.ts'
import { eventOf, openTelling, revivalOf, rowOf } from './orders-world.ts'

const house = await openFixture()
const { gate, pool, stage, rebuild, reconcile, openSale } = house
const revive = openRevive(house)
const tell = openTelling(pool, stage)
const soon = () => performance.now() + 20_000

const RACES = 500
const AT_ONCE = 20

/** What else happens to the gate meanwhile. */
const MISHAPS: readonly ((saleId: string) => Promise<unknown>)[] = [
  () => Promise.resolve(),
  () => Promise.resolve(),
  async (saleId) => void (await rebuild(saleId, 'race')),
  (saleId) => gate.redis.del(...['gate', 'users', 'claims', 'pending'].map((of) => `sale:{${saleId}}:${of}`)),
]

/** Both the revival and its repeat, the late expiry and two new buyers are after the last unit. */
async function race(number: number): Promise<{ claim: Claim; revived: boolean; resold: boolean }> {
  const saleId = await openSale({ units: 1, limitPerUser: 1 })
  const claim = claimOf(saleId, newId(), 'k')
  await stage.claim([claim], soon())
  const expired = eventOf('order.expired', claim, 1)
  if (number % 2 === 0) await tell(expired)
  const ask = () => revive([revivalOf(claim, 1)], soon())
  const mishap = MISHAPS[number % MISHAPS.length] as (saleId: string) => Promise<unknown>
  const others = () => stage.claim([claimOf(saleId, newId(), 'k'), claimOf(saleId, newId(), 'k')], soon())
  const steps = [ask, others, () => tell(expired), () => mishap(saleId), ask]
  const order = steps.map((_, i) => steps[(i + number) % steps.length] as (typeof steps)[number])
  const ended = await Promise.all(order.map((go) => go()))
  const answers = ended.flat().filter((each) => typeof each === 'boolean')
  const resold = ended.flat().some((each) => each instanceof Object && 'won' in each)
  return { claim, revived: answers.includes(true), resold }
}

test('500 races of revivals for the last unit: sold once, and gate and ledger agree in the end', async () => {
  const few = pLimit(AT_ONCE)
  const races = await Promise.all(Array.from({ length: RACES }, (_, i) => few(() => race(i))))
  for (const { claim, revived, resold } of races) {
    assert.ok(!(revived && resold), `${claim.saleId} was sold twice`)
    assert.equal((await rowOf(pool, claim)).state === 'held', revived)
    const books = await audit(pool, claim.saleId)
    assert.deepEqual([books?.reserved, books?.consistent], [revived || resold ? 1 : 0, true])
  }
  assert.ok(races.some(({ revived }) => revived) && races.some(({ resold }) => resold))
  const reconciler = reconcile()
  await until(() => allAgree(races.map(({ claim }) => claim)), 'gate and ledger agree', 30_000)
  await reconciler.close()
})

async function allAgree(claims: readonly Claim[]): Promise<boolean> {
  for (const { saleId } of claims) {
    const [view, books] = await Promise.all([gate.look(saleId), audit(pool, saleId)])
    if (view?.left !== books?.available || view?.pending !== 0) return false
  }
  return true
}
