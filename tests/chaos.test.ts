import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openDeathBook } from '@stampede/loadtests/chaos/deaths'
import { CHAOS_ENV } from '@stampede/loadtests/chaos/env'
import { KINDS } from '@stampede/loadtests/chaos/faults/kinds'
import { writeReport } from '@stampede/loadtests/chaos/report'
import { runChaos } from '@stampede/loadtests/chaos/run-chaos'
import { findPorcupine } from '@stampede/local/engines/porcupine'
import { openStand } from '@stampede/local/stand/stand'

/** Faults enough for every kind to come once. */
const OPTIONS = { seed: 20_261_121, minutes: 3, faults: 30, only: [], rate: 30 }

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
  const planned = new Set(result.played.map(({ fault }) => fault.kind))
  const notRun = new Set(result.notRun.map(({ kind }) => kind))
  const unplanned = KINDS.filter(({ kind }) => !planned.has(kind) && !notRun.has(kind))
  assert.deepEqual(unplanned, [])
  assert.ok(result.counts.acknowledged > 500, `${result.counts.acknowledged} orders`)
})
