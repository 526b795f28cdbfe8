import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { openSweep } from './sweep.ts'

const RARELY_MS = 3_600_000

/** `due` is what a table would hold; ends of work are in the test's hand. */
function openHouse({ atOnce = 2, everyMs = RARELY_MS } = {}) {
  const due: number[] = []
  const ends = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line).msg) })
  const house = {
    due,
    lines,
    takes: 0,
    away: false,
    inHand: () => [...ends.keys()],
    async end(item: number, error?: Error) {
      const { resolve, reject } = ends.get(item) ?? {}
      ends.delete(item)
      if (error) reject?.(error)
      else resolve?.()
      for (let i = 0; i < 10; i++) await turn()
    },
    sweep: openSweep({
      ...{ what: 'things', atOnce, everyMs, log },
      async take(max) {
        house.takes++
        if (house.away) throw new Error('away')
        return due.splice(0, max)
      },
      work: (item: number) => new Promise<void>((resolve, reject) => ends.set(item, { resolve, reject })),
    }),
    async wake() {
      house.sweep.wake()
      for (let i = 0; i < 10; i++) await turn()
    },
  }
  return house
}

test('it never has more in hand than it may, and takes the next as soon as one ends', async (t) => {
  const house = openHouse()
  t.after(() => house.sweep.close())
  house.due.push(1, 2, 3, 4)
  await house.wake()
  await house.wake()
  assert.deepEqual(house.inHand(), [1, 2])
  await house.end(2)
  assert.deepEqual(house.inHand(), [1, 3])
  await house.end(1)
  await house.end(3)
  await house.end(4)
  assert.deepEqual(house.due, [])
})

test('a wake-up that comes while all hands are full is not lost', async (t) => {
  const house = openHouse({ atOnce: 1 })
  t.after(() => house.sweep.close())
  house.due.push(1)
  await house.wake()
  house.due.push(2)
  await house.wake()
  await house.end(1)
  assert.deepEqual(house.inHand(), [2])
  await house.end(2)
})

test('it looks by itself, though nobody wakes it', async (t) => {
  const house = openHouse({ everyMs: 5 })
  t.after(() => house.sweep.close())
  house.due.push(1)
  const deadline = performance.now() + 5_000
  while (house.inHand().length === 0 && performance.now() < deadline) await turn()
  assert.deepEqual(house.inHand(), [1])
  await house.end(1)
})

test('failures end nothing and are said once, and so is that it goes on', async (t) => {
  const house = openHouse()
  t.after(() => house.sweep.close())
  house.away = true
  await house.wake()
  await house.wake()
  house.away = false
  house.due.push(1, 2)
  await house.wake()
  await house.end(1, new Error('no'))
  await house.end(2)
  assert.deepEqual(house.lines, [
    'cannot be taken for now; trying on',
    'taken again',
    'cannot be worked on for now; trying on',
    'worked on again',
  ])
})

test('closing waits for what is in hand and takes nothing more', async () => {
  const house = openHouse()
  house.due.push(1, 2, 3)
  await house.wake()
  let closed = false
  const closing = house.sweep.close().then(() => (closed = true))
  await house.end(1)
  assert.equal(closed, false)
  await house.end(2)
  await closing
  await house.wake()
  assert.deepEqual(house.due, [3])
})
