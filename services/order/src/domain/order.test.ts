import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ORDER_STATES, type OrderState } from '@stampede/contracts/orders'
import fc from 'fast-check'
import { CHANGES, type ChangeName } from './order.ts'

const NAMES = Object.keys(CHANGES) as ChangeName[]
const anyChanges = fc.array(fc.constantFrom(...NAMES), { maxLength: 30 })

/** What the rows do: a change happens only from where it comes. Answers the changes that happened. */
function walk(tried: readonly ChangeName[]): { readonly done: ChangeName[]; readonly state: OrderState } {
  let state: OrderState = 'pending'
  const done = tried.filter((name) => {
    if (CHANGES[name].from !== state) return false
    state = CHANGES[name].to
    return true
  })
  return { done, state }
}

test('an order starts pending and can reach every other state', () => {
  const states = NAMES.flatMap((first) => NAMES.map((second) => walk([first, second]).state))
  assert.deepEqual([...new Set([...states, 'pending'])].toSorted(), [...ORDER_STATES].toSorted())
})

test('there are these lives and no others, whatever is tried in whatever order', () => {
  const lives = new Set<string>()
  fc.assert(
    fc.property(anyChanges, (tried) => {
      lives.add(walk(tried).done.join(' '))
    }),
    { numRuns: 2_000 },
  )
  const whole = [...lives].filter((life) => ![...lives].some((other) => other.startsWith(`${life} `)))
  assert.deepEqual(whole.filter(Boolean).toSorted(), ['cancel', 'expire revive refund', 'pay refund'])
  assert.equal(lives.size, 7)
})

test('units are given back one time more often than they are held again, once the order has ended', () => {
  fc.assert(
    fc.property(anyChanges, (tried) => {
      const { done, state } = walk(tried)
      const count = (...names: ChangeName[]) => done.filter((name) => names.includes(name)).length
      const givenBack = count('cancel', 'expire', 'refund') - count('revive')
      assert.equal(givenBack, ['cancelled', 'expired', 'refunded'].includes(state) ? 1 : 0)
    }),
  )
})

test('money is kept exactly while the order is paid', () => {
  fc.assert(
    fc.property(anyChanges, (tried) => {
      const { done, state } = walk(tried)
      const kept = done.filter((name) => name === 'pay' || name === 'revive').length
      assert.equal(kept - done.filter((name) => name === 'refund').length, state === 'paid' ? 1 : 0)
    }),
  )
})

test('what has happened does not happen again', () => {
  fc.assert(
    fc.property(anyChanges, (tried) => {
      const { done } = walk(tried)
      assert.equal(new Set(done).size, done.length)
    }),
  )
})
