import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@stampede/contracts/ids'
import fc from 'fast-check'
import { claimOf, openFixture, units } from './fixture.ts'

const { gate, openSale, rebuild } = await openFixture()

const USERS = Array.from({ length: 3 }, newId)
const LIMIT = 3
const UNITS = 6

type Step =
  | { readonly do: 'take'; readonly batch: readonly Wish[] }
  | { readonly do: 'void' | 'release' | 'confirm'; readonly wish: Wish }
interface Wish {
  readonly user: number
  readonly key: string
  readonly quantity: number
}

const wish = fc.record({
  user: fc.nat({ max: USERS.length - 1 }),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  quantity: fc.integer({ min: 1, max: 4 }),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      batch: fc.array(wish, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('void' as const, 'release' as const, 'confirm' as const),
      wish,
    }),
  },
)

/** What the scripts must do, in a dozen plain lines. */
class Model {
  readonly claims = new Map<string, { user: number; quantity: number; over: boolean; pending: boolean }>()

  get left(): number {
    return UNITS - this.used()
  }

  used(user?: number): number {
    const live = [...this.claims.values()].filter(
      (claim) => !claim.over && (user === undefined || claim.user === user),
    )
    return live.reduce((sum, claim) => sum + claim.quantity, 0)
  }

  take({ user, key, quantity }: Wish): string {
    const earlier = this.claims.get(`${user}${key}`)
    if (earlier) return earlier.over || earlier.quantity === quantity ? 'won' : 'key-reused'
    if (this.used(user) + quantity > LIMIT) return 'limit'
    if (quantity > this.left) return 'sold-out'
    this.claims.set(`${user}${key}`, { user, quantity, over: false, pending: true })
    return 'won'
  }

  end(how: 'void' | 'release' | 'confirm', { user, key }: Wish): void {
    const id = `${user}${key}`
    const claim = this.claims.get(id)
    if (!claim) return
    claim.pending = false
    if (how === 'release') claim.over = true
    if (how === 'void' && !claim.over) this.claims.delete(id)
  }
}

test('the gate does what a plain model does, under any sequence of batches, voids, releases and confirms', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const saleId = await openSale({ units: UNITS, limitPerUser: LIMIT })
      const model = new Model()
      const claim = ({ user, key, quantity }: Wish) =>
        units(quantity, claimOf(saleId, USERS[user] as string, key))
      for (const each of steps) {
        if (each.do === 'take') {
          const answer = await gate.take(saleId, each.batch.map(claim))
          const words = answer?.taken.map((taken) => ('stamp' in taken ? 'won' : taken.refused))
          assert.deepEqual(
            words,
            each.batch.map((one) => model.take(one)),
          )
        } else {
          const { claimId } = claim(each.wish)
          if (each.do === 'confirm') await gate.confirm(saleId, [claimId])
          else await gate.free(saleId, each.do, [{ claimId }])
          model.end(each.do, each.wish)
        }
        const look = await gate.look(saleId)
        const pending = [...model.claims.values()].filter((one) => one.pending).length
        assert.deepEqual([look?.left, look?.pending, look?.whole], [model.left, pending, true])
      }
    }),
    { numRuns: 60 },
  )
})

test('stamps only grow, within a view and from one view to the next', async () => {
  const saleId = await openSale({ units: 20, limitPerUser: 20 })
  const stamps: number[] = []
  for (let i = 0; i < 10; i++) {
    if (i === 5) await rebuild(saleId, 'test')
    const answer = await gate.take(saleId, [claimOf(saleId, USERS[0] as string, `k${i}`)])
    const taken = answer?.taken[0]
    if (taken && 'stamp' in taken) stamps.push(taken.stamp)
  }
  assert.equal(stamps.length, 10)
  assert.deepEqual(
    stamps,
    stamps.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(stamps).size, 10)
})

test('before the start, after the end and while paused nothing is taken, and an old answer still stands', async () => {
  const saleId = await openSale({ units: 5 })
  const old = claimOf(saleId, USERS[0] as string, 'old')
  await gate.take(saleId, [old])
  const { epoch } = (await gate.look(saleId)) as { epoch: number }
  for (const fields of [
    { state: 'paused' },
    { state: 'open', endsAt: 1 },
    { endsAt: 9e12, startsAt: 8e12 },
  ]) {
    await gate.change(saleId, { epoch, addUnits: 0, ...fields })
    const answer = await gate.take(saleId, [old, claimOf(saleId, USERS[1] as string, 'new')])
    assert.ok(answer?.taken[0] && 'stamp' in answer.taken[0])
    assert.deepEqual(answer.taken[1], { refused: 'not-open' })
  }
})
