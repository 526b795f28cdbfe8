import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ORDER_STATES, type OrderState } from '@stampede/contracts/orders'
import fc from 'fast-check'
import { type Change, COMES_FROM } from './order.ts'

const CHANGES = Object.keys(COMES_FROM) as Change[]

/** What the rows do: a change happens only from where it may come. */
function apply(state: OrderState, to: Change): OrderState {
  return (COMES_FROM[to] as readonly OrderState[]).includes(state) ? to : state
}

function walk(events: readonly Change[]): OrderState[] {
  let state: OrderState = 'pending'
  const visited: OrderState[] = [state]
  for (const event of events) {
    const next = apply(state, event)
    if (next !== state) visited.push(next)
    state = next
  }
  return visited
}

test('an order starts pending and can reach every other state', () => {
  const reached = new Set(CHANGES.flatMap((first) => CHANGES.flatMap((second) => walk([first, second]))))
  assert.deepEqual([...reached].toSorted(), [...ORDER_STATES].toSorted())
})

test('under any order of events, an order ends at most once and its units come back at most once', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...CHANGES), { maxLength: 30 }), (events) => {
      const visited = walk(events)
      assert.equal(new Set(visited).size, visited.length, 'a state was entered twice')
      const ends = visited.filter((state) => ['cancelled', 'expired', 'refunded'].includes(state))
      assert.ok(ends.length <= 1, `ended as ${ends.join(' and ')}`)
      if (ends.length === 1) assert.equal(visited.at(-1), ends[0], 'something came after the end')
    }),
  )
})

test('only a paid order is refunded, and a paid one is neither cancelled nor expired', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...CHANGES), { maxLength: 30 }), (events) => {
      const visited = walk(events)
      const paid = visited.includes('paid')
      assert.equal(visited.includes('refunded') && !paid, false)
      assert.equal(paid && (visited.includes('cancelled') || visited.includes('expired')), false)
    }),
  )
})

test('the first event that may happen decides, all duplicates of it change nothing', () => {
  const change = fc.constantFrom<Change>('paid', 'cancelled', 'expired')
  fc.assert(
    fc.property(change, fc.array(fc.constantFrom<Change>('paid', 'cancelled', 'expired')), (first, rest) => {
      assert.deepEqual(walk([first, ...rest]), ['pending', first])
    }),
  )
})
