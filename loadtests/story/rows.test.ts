import assert from 'node:assert/strict'
import { test } from 'node:test'
import { STAGES, type StageName } from '@stampede/contracts/sales'
import { declaredOf, faultOf, nameOf, needsAnother, type Row, rowsOf } from './rows.ts'

const ALL = Object.keys(STAGES) as StageName[]
const clean = { oversold: 0, lost: 0, duplicates: 0 }

test('every variant of every stage has its row, the hybrid also split in 4 and 16, and a stage begins with its naive one', () => {
  const rows = rowsOf(ALL)
  const whole = rows.filter(({ segments }) => segments === undefined)
  assert.equal(whole.length, Object.values(STAGES).flat().length)
  assert.deepEqual(
    rows.filter((row) => row.segments).map((row) => nameOf(row)),
    ['hybrid / 4 segments', 'hybrid / 16 segments'],
  )
  assert.equal(new Set(rows.map((row) => nameOf(row))).size, rows.length)
  for (const stage of ALL.filter((each) => STAGES[each].some((variant) => variant === 'naive'))) {
    assert.equal(rows.find((row) => row.stage === stage)?.variant, 'naive')
  }
})

test('a naive row must oversell each time, and every naive row is declared', () => {
  const naive: Row = { stage: 'async', variant: 'naive' }
  assert.equal(faultOf(naive, [{ ...clean, oversold: 3 }]), undefined)
  assert.match(faultOf(naive, [{ ...clean, oversold: 3 }, clean]) ?? '', /did not/)
  const undeclared = rowsOf(ALL).filter((row) => row.variant === 'naive' && declaredOf(row) !== 'oversells')
  assert.deepEqual(undeclared, [])
})

test('only a row that is declared to oversell gets another rush, and three at most', () => {
  const [naive, guarded]: Row[] = [
    { stage: 'async', variant: 'naive' },
    { stage: 'async', variant: 'guarded' },
  ]
  assert.ok(naive && guarded)
  assert.deepEqual(
    [
      needsAnother(naive, 0, 1),
      needsAnother(naive, 0, 2),
      needsAnother(naive, 0, 3),
      needsAnother(naive, 1, 1),
    ],
    [true, true, false, false],
  )
  assert.equal(needsAnother(guarded, 0, 1), false)
})

test('a guarded row may not oversell, lose or double anything, not once', () => {
  const guarded: Row = { stage: 'hybrid', variant: 'guarded' }
  assert.equal(faultOf(guarded, [clean, clean]), undefined)
  assert.match(faultOf(guarded, [clean, { ...clean, oversold: 2 }]) ?? '', /oversold 2/)
  assert.match(faultOf(guarded, [{ ...clean, lost: 1 }, clean]) ?? '', /lost 1/)
  assert.match(faultOf(guarded, [{ ...clean, duplicates: 4 }]) ?? '', /4 duplicates/)
})

test('a lock without a fence may oversell, but not lose', () => {
  const lock: Row = { stage: 'multi-process', variant: 'lock' }
  assert.equal(faultOf(lock, [{ ...clean, oversold: 1 }]), undefined)
  assert.match(faultOf(lock, [{ ...clean, lost: 1 }]) ?? '', /lost/)
})
