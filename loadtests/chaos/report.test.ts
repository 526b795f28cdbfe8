import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Played } from './player.ts'
import { type ChaosResult, writeReport } from './report.ts'

const FAULT = { kind: 'kill', target: 'order-2', atMs: 5000, forMs: 0, seed: 1 }
const BACK: Played = { fault: FAULT, beganAt: 1, mendedAt: 2, recoveredMs: 2400, alone: true }
const BUSY: Played = {
  ...{ fault: { ...FAULT, kind: 'cut', target: 'services>kafka' }, alone: false },
  why: 'its target was still broken by another fault, which took longer than anybody had thought it could',
}
const COUNTS = {
  ...{ attempts: 123_456, acknowledged: 23_456, sales: 50, orders: 23_456, units: 30_000, soldUnits: 20_000 },
  ...{ payments: 21_000, snapshots: 1800, snapshotsMissed: 12, shareStrict: 0.519, poisonLetters: 345 },
  followed: { ends: 5000, late: 12, slowestMs: 21_500 },
  histories: { stocks: 150, orders: 9000, porcupine: { checked: 80, unknown: 1, left: 23, longest: 950 } },
}

function result(changes: Partial<ChaosResult> = {}): ChaosResult {
  return {
    options: { seed: 7, minutes: 30, faults: 300, only: [], rate: undefined },
    ...{ ratePerSecond: 100, tookMs: 1_834_000, counts: COUNTS, played: [BACK, BUSY] },
    notRun: [{ kind: 'clock', why: 'libfaketime is not on this machine', faults: 12 }],
    deaths: [{ part: 'payment', at: 0, how: 'died', word: 'events no longer move' }],
    ...{ checks: [{ title: 'no order is lost', broken: 0, first: [] }] },
    ...{ ok: true, folder: '.stampede/chaos' },
    ...changes,
  }
}

test('a report names its seed, its command, its figures and what was not run, in 80 columns', () => {
  const text = stripVTControlCharacters(writeReport(result()))
  for (const words of [
    /1 faults in 30\.6 minutes, seed 7/,
    /123,456 attempts.*23,456 acknowledged/,
    /kill service +1 +2\.4 s +2\.4 s +2\.4 s +2\.4 s +≤ 2 s ✗/,
    /1,800 snapshots.*12 missed/,
    /strictly in 51 % of the time/,
    /5,000 ends.*12 late, the slowest after 21\.5 s/,
    /345 messages/,
    /150 sales and 9,000 orders/,
    /80 decided by porcupine too.*950 operations;\n +1 it could not decide in time, 23 it was not given/,
    /clock +12 +not run: libfaketime is not/,
    /not played: cut:services>kafka, its target/,
    /ended by themselves and came back: payment, events no longer move \(1\)/,
    /0 violations/,
    /npm run chaos -- --seed 7 --minutes 30 --faults 300 --rate 100$/m,
    /\.stampede\/chaos\/report\.json, plan\.json, journal\.ndjson, logs\//,
  ]) {
    assert.match(text, words)
  }
  const wide = text.split('\n').filter((line) => line.length > 80)
  assert.deepEqual(wide, [])
})

test('without porcupine the report says so', () => {
  const counts = { ...COUNTS, histories: { ...COUNTS.histories, porcupine: undefined } }
  assert.match(stripVTControlCharacters(writeReport(result({ counts }))), /porcupine not run/)
})

test('violations are counted, and the first ten of each named', () => {
  const first = Array.from({ length: 12 }, (_, index) => ({ id: `order-${index}`, why: 'is lost' }))
  const checks = [{ title: 'no order is lost', broken: 1234, first }]
  const text = stripVTControlCharacters(writeReport(result({ checks, ok: false })))
  assert.match(text, /✗ no order is lost: 1,234 broken/)
  assert.match(text, /order-9: is lost/)
  assert.doesNotMatch(text, /order-10/)
  assert.match(text, /1,234 violations/)
})

test('what was begun by half is told, and not counted as played', () => {
  const text = stripVTControlCharacters(
    writeReport(result({ played: [BACK, { ...BACK, half: 'too late' }] })),
  )
  assert.match(text, /kill service +1 of 2 /)
  assert.match(text, /begun by half: kill:order-2, too late/)
})
