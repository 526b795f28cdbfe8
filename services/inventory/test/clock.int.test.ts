import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { claimOf, HOUR, openFixture, until, word } from './fixture.ts'

const { clock, now, gate, stage, openSale, reconcile } = await openFixture()
const MINUTE = 60_000

beforeEach(() => {
  clock.aheadMs = 0
})

function openBetween(fromMs: number, toMs: number): Promise<string> {
  const at = (ms: number) => new Date(now() + ms).toISOString()
  return openSale({ startsAt: at(fromMs), endsAt: at(toMs), units: 50 })
}

async function buy(saleId: string): Promise<string> {
  const [verdict] = await stage.claim([claimOf(saleId, newId(), 'k')], performance.now() + 10_000)
  return word(verdict)
}

for (const aheadMs of [-HOUR, HOUR, 30 * HOUR]) {
  test(`a sale begins and ends by the ledger's clock, ${aheadMs / HOUR} h ahead of Redis'`, async () => {
    clock.aheadMs = aheadMs
    assert.equal(await buy(await openBetween(-MINUTE, MINUTE)), 'won')
    assert.equal(await buy(await openBetween(MINUTE, HOUR)), 'not-open')
    assert.equal(await buy(await openBetween(-HOUR, -MINUTE)), 'not-open')
  })

  test(`when Redis' clock is set by ${-aheadMs / HOUR} h, sales go on by the ledger's`, async () => {
    clock.aheadMs = aheadMs
    const saleId = await openBetween(-MINUTE, MINUTE)
    const { epoch = 0 } = (await gate.look(saleId)) ?? {}
    // As a view is that was loaded when the two agreed.
    await gate.change(saleId, { epoch, addUnits: 0, ahead: 0 })
    assert.equal(await buy(saleId), 'not-open')
    const reconciler = reconcile(HOUR)
    await until(async () => (await buy(saleId)) === 'won', 'the sale is open again')
    await reconciler.close()
  })
}

test("units never confirmed are overdue by the ledger's clock, though Redis' was set back", async () => {
  const saleId = await openBetween(-MINUTE, HOUR)
  const claim = claimOf(saleId, newId(), 'dead')
  await gate.take(saleId, [claim])
  assert.deepEqual(await gate.overdue(saleId, MINUTE), [])
  clock.aheadMs = 2 * MINUTE
  assert.deepEqual(
    (await gate.overdue(saleId, MINUTE)).map(({ claimId }) => claimId),
    [claim.claimId],
  )
})
