import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import { transaction } from '@stampede/kit/postgres'
import fc from 'fast-check'
import type { Entered } from '../src/adapters/ledger-postgres.ts'
import { claimOf, openFixture } from './fixture.ts'

const { ledger, pool, openSale, books } = await openFixture()

type Event = { readonly do: 'enter' | 'void'; readonly stamp: number } | { readonly do: 'release' }
interface Row {
  readonly state: 'held' | 'void' | 'released'
  readonly stamp: number
}

const stamp = fc.integer({ min: 1, max: 4 })
const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ do: fc.constant('enter' as const), stamp }),
  fc.record({ do: fc.constant('void' as const), stamp }),
  fc.constant({ do: 'release' as const }),
)

/** What becomes of a claim's row: first writer wins, and a void gives way to a later stamp alone. */
function after(row: Row | undefined, event: Event): Row | undefined {
  if (event.do === 'release') return row?.state === 'held' ? { ...row, state: 'released' } : row
  const free = !row || (row.state === 'void' && row.stamp < event.stamp)
  return free ? { state: event.do === 'enter' ? 'held' : 'void', stamp: event.stamp } : row
}

test('under any order of entering, voiding and releasing, a reservation and its units follow the rule', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 10 }), async (events) => {
      const saleId = await openSale({ units: 5 })
      const claim = claimOf(saleId, newId(), 'key')
      const epoch = (await pool.query('SELECT epoch FROM sale WHERE sale_id = $1', [saleId])).rows[0].epoch
      let row: Row | undefined
      for (const each of events) {
        row = after(row, each)
        if (each.do === 'enter') {
          const [entered] = await ledger.enter([{ claim, epoch, stamp: each.stamp }])
          assert.equal('held' in (entered as Entered), row?.state !== 'void')
        } else if (each.do === 'void') {
          const { claimId, userId } = claim
          const voided = await ledger.voidClaims(saleId, [{ claimId, userId, stamp: each.stamp }])
          assert.equal(voided.has(claimId), row?.state === 'void' && row.stamp === each.stamp)
        } else {
          await transaction(pool, (tx) => ledger.free(tx, [{ ...claim, orderId: claim.claimId, version: 1 }]))
        }
        const { rows } = await pool.query('SELECT state, stamp FROM reservation WHERE claim_id = $1', [
          claim.claimId,
        ])
        assert.deepEqual(rows[0], row)
        const held = row?.state === 'held' ? 1 : 0
        assert.deepEqual(await books(saleId), { available: 5 - held, reserved: held, held, used: held })
      }
    }),
    { numRuns: 60 },
  )
})
