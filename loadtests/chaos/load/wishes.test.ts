import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../generator/random.ts'
import { drawBehaviour, drawSale, saleShares } from './wishes.ts'

const DRAWS = 50_000

test('six in ten want the first sale, and every other as often as its share says', () => {
  const random = seededRandom(1)
  const shares = saleShares(50)
  const drawn = new Array<number>(50).fill(0)
  for (let i = 0; i < DRAWS; i++) {
    const rank = drawSale(random, 50)
    drawn[rank] = (drawn[rank] ?? 0) + 1
  }
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9)
  assert.equal(shares[0], 0.6)
  for (const [rank, share] of shares.entries())
    assert.ok(Math.abs((drawn[rank] ?? 0) / DRAWS - share) < 0.01, `rank ${rank}`)
})

test('one sale alone gets all', () => {
  assert.deepEqual(saleShares(1), [1])
  assert.equal(drawSale(seededRandom(1), 1), 0)
})

test('the same seed makes the same buyers, and they do all that the promise names, as often', () => {
  const draw = () => {
    const random = seededRandom(3)
    return Array.from({ length: DRAWS }, () => drawBehaviour(random, 8_000))
  }
  const all = draw()
  assert.deepEqual(draw(), all)
  const shareOf = (has: (each: (typeof all)[number]) => boolean) => all.filter(has).length / DRAWS
  const paying = all.flatMap((each) => (each.paying ? [each.paying] : []))
  const outcomes = (name: string) => paying.filter(({ outcome }) => outcome === name).length / paying.length
  for (const [what, share, wanted] of [
    ['twins', shareOf(({ twin }) => twin !== undefined), 0.1],
    ['cancellations', shareOf(({ cancelAfterMs }) => cancelAfterMs !== undefined), 0.05],
    ['impatient', shareOf(({ isImpatient }) => isImpatient), 0.25],
    ['failing payments', outcomes('fail'), 0.1],
    ['late payments', outcomes('late'), 0.1],
    ['payments nobody tells of', outcomes('never'), 0.1],
  ] as const)
    assert.ok(Math.abs(share - wanted) < 0.01, `${what}: ${share}`)
  assert.ok(all.some(({ twin }) => twin?.afterMs === 0))
  assert.ok(all.some(({ twin, quantity }) => twin && twin.quantity !== quantity))
  assert.ok(paying.some(({ afterMs }) => afterMs > 7_700) && paying.every(({ afterMs }) => afterMs < 8_300))
})
