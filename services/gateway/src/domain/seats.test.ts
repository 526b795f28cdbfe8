import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Seats } from './seats.ts'

test('a holder gets no more than each may have, all together no more than there are', () => {
  const seats = new Seats({ all: 3, each: 2 })
  const told = ['ada', 'ada', 'ada', 'bob', 'bob', 'eve'].map((holder) => seats.take(holder))
  assert.deepEqual(told, ['taken', 'taken', 'beyond', 'taken', 'full', 'full'])
  seats.giveBack('ada')
  assert.deepEqual([seats.take('eve'), seats.take('bob')], ['taken', 'full'])
})

test('whatever comes and goes, the places held are those taken and not given back', () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.constantFrom('ada', 'bob', 'eve')), { maxLength: 60 })
  const property = fc.property(steps, (all) => {
    const seats = new Seats({ all: 5, each: 3 })
    const held: string[] = []
    for (const [takes, holder] of all) {
      const own = held.filter((each) => each === holder).length
      if (takes) {
        const expected = own >= 3 ? 'beyond' : held.length >= 5 ? 'full' : 'taken'
        assert.equal(seats.take(holder), expected)
        if (expected === 'taken') held.push(holder)
      } else if (own > 0) {
        seats.giveBack(holder)
        held.splice(held.indexOf(holder), 1)
      }
    }
  })
  fc.assert(property)
})
