import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWallClock, wallMs } from './wall-clock.ts'

const BEGIN = Date.parse('2026-11-27T18:00:00.000Z')

/** A clock and the two it goes by; `pass` lets time pass on both, in steps, and tells what the clock said. */
function openClocks() {
  const clocks = { tick: 0, date: BEGIN }
  const now = openWallClock({ tick: () => clocks.tick, origin: BEGIN, date: () => Math.floor(clocks.date) })
  const pass = (ms: number) => {
    const until = clocks.tick + ms
    const said: number[] = []
    while (clocks.tick < until) {
      clocks.tick += 10.25
      clocks.date += 10.25
      said.push(now())
    }
    return said
  }
  return { clocks, now, pass }
}

test('while both clocks go alike it counts fractions, and is not moved by their rounding', () => {
  const { clocks, pass } = openClocks()
  for (const [i, said] of pass(60_000).entries()) assert.ok(Math.abs(said - BEGIN - (i + 1) * 10.25) < 1e-3)
  assert.ok(clocks.tick >= 60_000)
})

test('when the system’s clock jumps ahead, as after sleep, it follows within a second', () => {
  const { clocks, now, pass } = openClocks()
  pass(5_000)
  clocks.date += 8 * 3_600_000
  pass(1_100)
  assert.ok(Math.abs(now() - clocks.date) < 2)
})

test('when the system’s clock is set back it goes slower, never back, until they are together', () => {
  const { clocks, now, pass } = openClocks()
  pass(5_000)
  clocks.date -= 2_000
  const before = now()
  const said = [before, ...pass(10_000)]
  for (const [i, ms] of said.slice(1).entries()) {
    const wentMs = ms - (said[i] as number)
    assert.ok(wentMs >= 9 && wentMs <= 10.3, `went ${wentMs} ms in 10.25 ms`)
  }
  assert.ok(now() - clocks.date > 500, 'not at once')
  pass(15_000)
  assert.ok(Math.abs(now() - clocks.date) <= 10, `${now() - clocks.date} ms apart`)
})

test('after hours in which nobody asked, the first answer is right', () => {
  const { clocks, now, pass } = openClocks()
  clocks.date -= 60_000
  pass(1_100)
  clocks.tick += 4 * 3_600_000
  clocks.date += 4 * 3_600_000
  assert.ok(Math.abs(now() - clocks.date) < 2)
})

test('the clock of this process tells the time of day', () => {
  assert.ok(Math.abs(wallMs() - Date.now()) < 1_000)
})
