import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyToReservation, type ReservationEvent, type ReservationRow } from './reservation.ts'

const stamp = fc.integer({ min: 1, max: 5 })
const event: fc.Arbitrary<ReservationEvent> = fc.oneof(
  fc.record({ type: fc.constant('enter' as const), stamp }),
  fc.record({ type: fc.constant('void' as const), stamp }),
  fc.constant({ type: 'release' as const }),
)

function replay(events: readonly ReservationEvent[]): (ReservationRow | undefined)[] {
  const rows: (ReservationRow | undefined)[] = [undefined]
  for (const each of events) rows.push(applyToReservation(rows.at(-1), each))
  return rows
}

test('in any order of events, a stamp that was voided is never held', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const voided = new Set<number>()
      for (const row of replay(events)) {
        if (row?.state === 'void') voided.add(row.stamp)
        if (row?.state === 'held') assert.ok(!voided.has(row.stamp), `stamp ${row.stamp} was void`)
      }
    }),
  )
})

test('in any order of events, units are taken once and given back at most once', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const states = replay(events).map((row) => row?.state)
      const turns = states.filter((state, i) => i > 0 && state !== states[i - 1])
      assert.ok(turns.filter((state) => state === 'held').length <= 1)
      assert.ok(turns.filter((state) => state === 'released').length <= 1)
      if (turns.includes('held')) assert.ok(!turns.slice(turns.indexOf('held')).includes('void'))
    }),
  )
})

test('every event may come twice', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const twice = events.flatMap((each) => [each, each])
      assert.deepEqual(replay(twice).at(-1), replay(events).at(-1))
    }),
  )
})
