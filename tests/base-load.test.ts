import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { judge } from '@stampede/loadtests/chaos/books/judge'
import { startBaseLoad } from '@stampede/loadtests/chaos/load/base-load'
import { findPorcupine } from '@stampede/local/engines/porcupine'
import { openHouse } from './support/house.ts'

const SECONDS = 15
const RATE_PER_SECOND = 60
const MARKER = 'poison-made-by-a-test'

const folder = mkdtempSync(join(tmpdir(), 'base-load-'))
after(() => rmSync(folder, { recursive: true }))
const house = await openHouse({
  block: 9,
  processes: { gateway: 2, order: 2, inventory: 2 },
  env: {
    gateway: { QUOTA_ATTEMPTS: '50' },
    order: { PAYING_HOLD_SECONDS: '3' },
    payment: { POLL_AFTER_MS: '800' },
  },
})
const { system } = house

test('a base load on a whole system: every promise of the auditor is kept', async (t) => {
  const load = await startBaseLoad({
    ...{ system, target: system.urls('gateway'), seed: 7, ratePerSecond: RATE_PER_SECOND, skus: 10 },
    journalFile: join(folder, 'journal.ndjson'),
    report: (text) => t.diagnostic(text),
  })
  const began = Date.now()
  await sleep(SECONDS * 1000)
  const first = load.firstAckAfter(began)
  assert.ok(first !== undefined && first > began, 'a yes came to somebody who asked after the beginning')
  await load.finish()
  const porcupine = await findPorcupine(() => undefined)
  const { checks, counts } = await judge({ system, load, poisonMarker: MARKER, porcupine })
  t.diagnostic(JSON.stringify(counts))
  assert.deepEqual(
    checks.filter(({ broken }) => broken > 0),
    [],
  )
  assert.ok(counts.acknowledged > 50 && counts.acknowledged <= counts.orders)
  assert.ok(counts.snapshots > SECONDS / 2)
  assert.ok(counts.histories.stocks >= 10 && counts.histories.orders > 0)
  assert.equal(counts.histories.porcupine !== undefined, porcupine !== undefined)
})
