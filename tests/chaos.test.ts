import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CHAOS_ENV } from '@stampede/loadtests/chaos/env'
import { KINDS } from '@stampede/loadtests/chaos/faults/kinds'
import { writeReport } from '@stampede/loadtests/chaos/report'
import { openDeathBook, runChaos } from '@stampede/loadtests/chaos/run-chaos'
import { findPorcupine } from '@stampede/local/engines/porcupine'
import { openStand } from '@stampede/local/stand/stand'

/** Faults enough for every kind to come once. */
const OPTIONS = { seed: 20_261_121, minutes: 3, faults: 30, only: [], rate: 30 }
/** On a slow machine a fault may find its target still broken by the one before. */
const PLAYED_SHARE = 0.8

const book = openDeathBook()
const stand = await openStand({ env: CHAOS_ENV, report: book.hear })
after(() => stand.close())

test('three minutes of faults of every kind: all that was broken comes back, and the books balance', async (t) => {
  const porcupine = await findPorcupine(() => undefined)
  const result = await runChaos(OPTIONS, stand, { book, porcupine })
  t.diagnostic(writeReport(result))
  assert.deepEqual(
    result.checks.filter(({ broken }) => broken > 0),
    [],
  )
  const begun = result.played.filter(({ beganAt }) => beganAt !== undefined)
  assert.ok(begun.length >= OPTIONS.faults * PLAYED_SHARE, `${begun.length} faults were played`)
  const planned = new Set(result.played.map(({ fault }) => fault.kind))
  const missing = new Set(result.missing.map(({ kind }) => kind))
  const unplanned = KINDS.filter(({ kind }) => !planned.has(kind) && !missing.has(kind))
  assert.deepEqual(unplanned, [])
  assert.ok(result.counts.acknowledged > 500, `${result.counts.acknowledged} orders`)
})
