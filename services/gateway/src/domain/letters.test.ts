import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeadLetter } from '@stampede/contracts/dead-letters'
import fc from 'fast-check'
import { mergeLetters, readCursor, type Shelf } from './letters.ts'

const SERVICES = ['order', 'payment', 'functions'] as const

function letter(id: number, second: number): DeadLetter {
  const at = new Date(second * 1_000).toISOString()
  return { id: String(id), consumer: 'c', topic: 't', error: 'e', at }
}

/** What a service answers to `before` and `limit`. */
function ask(all: readonly DeadLetter[], before: string | undefined, limit: number): DeadLetter[] {
  return all.filter(({ id }) => before === undefined || Number(id) < Number(before)).slice(0, limit)
}

const shelf = fc.array(fc.nat(9), { maxLength: 12 })

test('page after page shows each letter of each service once, whatever their clocks say', () => {
  fc.assert(
    fc.property(fc.tuple(shelf, shelf, shelf), fc.integer({ min: 1, max: 5 }), (times, limit) => {
      const all = times.map((seconds) => seconds.map((second, i) => letter(seconds.length - i, second)))
      const seen: string[] = []
      for (let before: string | undefined, page = 0; page < 50; page++) {
        const cursor = readCursor(before)
        const shelves = SERVICES.map(
          (service, i): Shelf => ({ service, letters: ask(all[i] ?? [], cursor.get(service), limit) }),
        )
        const merged = mergeLetters(shelves, limit, cursor)
        seen.push(...merged.letters.map(({ id }) => id))
        before = merged.before
        if (before === undefined) break
      }
      const expected = SERVICES.flatMap((service, i) => (all[i] ?? []).map(({ id }) => `${service}.${id}`))
      assert.deepEqual(seen.toSorted(), expected.toSorted())
    }),
  )
})

test('the newest come first, and the place of a service that is away is kept', () => {
  const shelves: Shelf[] = [
    { service: 'order', letters: [letter(7, 50), letter(6, 20)] },
    { service: 'functions', letters: [letter(3, 40), letter(2, 30)] },
  ]
  const { letters, before } = mergeLetters(shelves, 3, readCursor('payment.9'))
  assert.deepEqual(
    letters.map(({ id }) => id),
    ['order.7', 'functions.3', 'functions.2'],
  )
  assert.deepEqual(
    readCursor(before),
    new Map([
      ['payment', '9'],
      ['order', '7'],
      ['functions', '2'],
    ]),
  )
})
