import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { DeadLetters } from '@stampede/contracts/dead-letters'
import { until } from '@stampede/kit/testing/until'
import { type Harness, newClaim, openHarness } from './harness.ts'
import { reserve } from './stand-in-inventory.ts'

let house: Harness
before(async () => {
  house = await openHarness()
})
after(() => house.close())

test('a reservation that made no order is a dead letter, and makes it when it is replayed', async () => {
  const claim = newClaim()
  // What the database refuses for a while, as a bug in our own code would.
  await house.sql.query('alter table orders add constraint broken check (false) not valid')
  await house.tellReserved(reserve(claim))
  const letter = await until('the letter', async () => {
    const { letters } = (await (await house.ask('/internal/dead-letters')).json()) as DeadLetters
    return letters.find(({ key }) => key === claim.claimId)
  })
  assert.equal(letter.traceId, claim.traceId)
  const replay = () => house.ask(`/internal/dead-letters/${letter.id}/replay`, { method: 'POST' })
  assert.match(await (await replay()).text(), /not_replayable.*broken/)
  await house.sql.query('alter table orders drop constraint broken')
  assert.equal((await replay()).status, 202)
  assert.equal((await house.read(claim.userId, claim.claimId)).state, 'pending')
  assert.match(await (await replay()).text(), /not_replayable.*replayed at/)
  assert.equal((await fetch(`${house.url}/internal/dead-letters`)).status, 401)
})
