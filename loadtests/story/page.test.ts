import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { BLOCKS } from './columns.ts'
import { writeMarkdown } from './document.ts'
import type { Run } from './measure.ts'
import { writePage } from './page.ts'
import { declaredOf, rowsOf } from './rows.ts'
import { leftByTheBooks } from './stock-plot.ts'
import type { Measured } from './summary.ts'
import { TABLE_COLUMNS_MAX, writeTable } from './table.ts'

const ABOUT = { load: 'a load', machine: 'a <machine>', date: '2026-11-21', command: 'npm run story' }
const ALL = rowsOf(['single-process', 'multi-process', 'threads', 'async', 'database', 'hybrid'])

/** Figures as large as they come. */
function runWith(oversold: number, more: Partial<Run> = {}): Run {
  const counts = { sold: 123_456, oversold, undersold: 0, duplicates: 0, lost: 0, stranded: 0, queued: 0 }
  const reservations = [1, 2, 3].map((at) => ({ claimId: `claim-${at}`, quantity: 1, at }))
  return {
    rushes: 1,
    counts: { ...counts, answers: {} },
    ...{
      attemptsPerSecond: 123_456,
      cpuUs: 123_456,
      othersShare: 0,
      p50Ms: 12_345,
      p99Ms: 123_456,
      rssMb: 1234,
    },
    figures: { poolWaits: 1_234_567, poolTimeouts: 12_345, lockWaits: 1e6, lockTimeouts: 0, retries: 1e6 },
    ...{ processes: 5, threads: 44, voluntary: 1_234_567, involuntary: 123_456, lateMs: 0, lateMaxMs: 0 },
    ...{ ledger: { units: 2, reservations, orderIds: [] }, sights: [] },
    ...more,
  }
}

function measure(more: Partial<Run> = {}): Measured[] {
  return ALL.map((row) => ({ row, runs: [runWith(declaredOf(row) === 'oversells' ? 1_234 : 0, more)] }))
}

test('the table fits a terminal of 80 columns however large its figures are, and no cell touches the next', () => {
  const lines = writeTable(measure()).map((line) => stripVTControlCharacters(line))
  assert.deepEqual(
    lines.filter((line) => line.length > TABLE_COLUMNS_MAX),
    [],
  )
  for (const { columns } of BLOCKS) {
    for (const { head, width, cell } of columns) {
      const widest = Math.max(head.length, ...measure().map((each) => cell(each).length))
      assert.ok(widest < width, `${head}: ${widest} of ${width}`)
    }
  }
})

test('a row that is not as declared is said, and so is a generator that was late', () => {
  const text = writeTable(measure({ lateMs: 40, lateMaxMs: 200 })).join('\n')
  assert.match(text, /generator was late itself: 40.0 ms on average/)
  assert.match(text, /As declared/)
  assert.match(writeTable(measure({ lateMs: 6 })).join('\n'), /late itself/)
  assert.match(writeTable(measure({ lateMaxMs: 101 })).join('\n'), /late itself/)
  assert.doesNotMatch(writeTable(measure({ lateMs: 4, lateMaxMs: 99 })).join('\n'), /late itself/)
  const broken = ALL.map((row) => ({ row, runs: [runWith(5)] }))
  assert.match(writeTable(broken).join('\n'), /hybrid \/ guarded oversold 5/)
})

test('a row that needed more than one rush says so', () => {
  for (const write of [writeMarkdown, writePage]) {
    assert.match(write(measure({ rushes: 2 }), ABOUT), /2 rushes were played, at most 3/)
    assert.doesNotMatch(write(measure(), ABOUT), /rushes were played/)
  }
})

test('others who had much of the machine are told of, everywhere', () => {
  const [quiet, loud] = [measure({ othersShare: 0.09 }), measure({ othersShare: 0.34 })]
  for (const write of [writeMarkdown, writePage]) {
    assert.match(write(loud, ABOUT), /Others had up to 34 %/)
    assert.doesNotMatch(write(quiet, ABOUT), /Others had/)
  }
  assert.match(writeTable(loud).join('\n'), /Others had up to 34 %/)
})

test('the page names nothing outside itself, runs no script, and escapes what it shows', () => {
  const page = writePage(measure(), ABOUT)
  assert.doesNotMatch(page, /<script|<link|\bsrc=|https?:|url\(|@import/)
  assert.ok(page.includes('a &lt;machine&gt;'))
})

test('the page replays a unit that was sold twice', () => {
  const sights = ['a', 'b'].flatMap((claimId) => [
    { at: 1, who: 'worker 1', what: 'read', claimId, stock: 1 },
    { at: 2, who: 'worker 1', what: 'write', claimId, stock: 0 },
  ])
  assert.match(writePage(measure({ sights }), ABOUT), /2 claims read 1, and each believes that it leaves 0/)
  assert.match(writePage(measure(), ABOUT), /No row of this run noted one/)
})

test('the document has every row with every figure', () => {
  const lines = writeMarkdown(measure(), ABOUT).split('\n')
  const rows = lines.filter((line) => / \/ /.test(line.split('|')[1] ?? ''))
  assert.equal(rows.length, ALL.length * BLOCKS.length)
})

test('by the books, the stock goes below nought where a unit is sold twice', () => {
  const left = leftByTheBooks(runWith(1).ledger).map(({ stock }) => stock)
  assert.deepEqual(left, [1, 0, -1])
})
