import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Winners } from '@stampede/contracts/claims'
import { printKey } from '@stampede/contracts/ids'
import { printsOf } from '../../test/prints.ts'
import { IDLE_MS, REST_MS, SoldOutFlags, TRUST_MS } from './sold-out-flags.ts'

const SALE = '01900000-0000-7000-8000-000000000001'
const OTHER = '01900000-0000-7000-8000-000000000002'

function winners(keys: readonly string[], more: Partial<Winners> = {}): Winners {
  return { saleId: SALE, epoch: 1, seq: 1, left: 0, prints: printsOf(keys), ...more }
}

interface Raised {
  readonly keys?: readonly string[]
  readonly saleId?: string
}

function raise(flags: SoldOutFlags, now: number, { keys = [], saleId = SALE }: Raised = {}): void {
  const look = flags.suspect(saleId, now)
  assert.ok(look)
  flags.settle(look, winners(keys, { saleId }), now)
}

test('a raised flag refuses everyone but the winners and those whose key is missing or malformed', () => {
  const flags = new SoldOutFlags()
  assert.equal(flags.refuses(SALE, 'late', 0), false)
  raise(flags, 0, { keys: ['winner'] })
  assert.equal(flags.refuses(SALE, 'late', 1), true)
  assert.equal(flags.refuses(SALE, 'winner', 1), false)
  assert.equal(flags.refuses(SALE, '', 1), false)
  assert.equal(flags.refuses(SALE, 'two words', 1), false)
  assert.equal(flags.refuses(OTHER, 'late', 1), false)
})

test('no flag is raised while units are left, or when nothing was heard; then the sale rests', () => {
  const flags = new SoldOutFlags()
  for (const [at, heard] of [
    [0, winners([], { left: 1 })],
    [1_000, undefined],
  ] as const) {
    const look = flags.suspect(SALE, at)
    assert.ok(look)
    assert.equal(flags.suspect(SALE, at), undefined, 'one look at a time')
    flags.settle(look, heard, at)
    assert.equal(flags.size, 0)
    assert.equal(flags.suspect(SALE, at + REST_MS - 1), undefined)
    assert.ok(flags.suspect(SALE, at + REST_MS))
    flags.clear()
  }
})

test('a flag that is not confirmed ends after a second, counted from the question', () => {
  const flags = new SoldOutFlags()
  const look = flags.suspect(SALE, 0)
  assert.ok(look)
  flags.settle(look, winners([]), 900)
  assert.equal(flags.refuses(SALE, 'late', TRUST_MS - 1), true)
  assert.equal(flags.refuses(SALE, 'late', TRUST_MS), false)
  assert.deepEqual(flags.due(TRUST_MS), [])
  assert.equal(flags.size, 0)
})

test('a confirmation lengthens the second, counted from its question, and an older one does not shorten it', () => {
  const flags = new SoldOutFlags()
  raise(flags, 0)
  const asked = flags.due(700)
  flags.confirm(asked, [same], 700)
  flags.confirm(asked, [same], 300)
  assert.equal(flags.refuses(SALE, 'late', 1_699), true)
  assert.equal(flags.refuses(SALE, 'late', 1_700), false)
})

test('an answer that took too long raises nothing', () => {
  const flags = new SoldOutFlags()
  const look = flags.suspect(SALE, 0)
  assert.ok(look)
  flags.settle(look, winners([]), TRUST_MS)
  assert.equal(flags.size, 0)
})

const same = { saleId: SALE, epoch: 1, seq: 1, left: 0 }
for (const [title, shelves, stands, again] of [
  ['the same shelf keeps the flag', [same], true, false],
  ['units left clear it', [{ ...same, left: 1 }], false, false],
  ['an unknown sale clears it', [], false, false],
  ['another epoch clears it and asks for a new look', [{ ...same, epoch: 2 }], false, true],
  ['another sequence clears it and asks for a new look', [{ ...same, seq: 2 }], false, true],
  ['another sequence with units left only clears it', [{ ...same, seq: 2, left: 3 }], false, false],
] as const) {
  test(`confirmation: ${title}`, () => {
    const flags = new SoldOutFlags()
    raise(flags, 0)
    const changed = flags.confirm(flags.due(900), shelves, 900)
    assert.deepEqual(changed, again ? [SALE] : [])
    assert.equal(flags.refuses(SALE, 'late', 1_500), stands)
    assert.equal(flags.suspect(SALE, 1_500) !== undefined, !stands)
  })
}

test('an answer about an older flag does not touch a newer one', () => {
  const flags = new SoldOutFlags()
  raise(flags, 0)
  const old = flags.due(100)
  raise(flags, 1_200, { keys: ['winner'] })
  flags.confirm(old, [{ ...same, left: 5 }], 100)
  assert.equal(flags.refuses(SALE, 'late', 1_300), true)
})

test('a win with a key the flag does not know clears it', () => {
  const flags = new SoldOutFlags()
  raise(flags, 0, { keys: ['winner'] })
  flags.won(SALE, printKey('winner'))
  assert.equal(flags.size, 1)
  flags.won(SALE, printKey('new winner'))
  assert.equal(flags.size, 0)
})

test('flags nobody meets are let go', () => {
  const flags = new SoldOutFlags()
  raise(flags, 0)
  for (let now = 250; now < IDLE_MS; now += 250) flags.confirm(flags.due(now), [same], now)
  assert.equal(flags.size, 1)
  assert.deepEqual(flags.due(IDLE_MS), [])
  assert.equal(flags.size, 0)
})

test('their number, their fingerprints and the looks are bounded; the one unmet for longest goes', () => {
  const flags = new SoldOutFlags({ flagsMax: 2, printsMax: 4, looksMax: 2 })
  raise(flags, 0, { keys: ['a', 'b'], saleId: 'sale 1' })
  raise(flags, 1, { keys: ['a', 'b'], saleId: 'sale 2' })
  flags.refuses('sale 1', 'late', 2)
  raise(flags, 3, { keys: ['c'], saleId: 'sale 3' })
  assert.deepEqual(
    ['sale 1', 'sale 2', 'sale 3'].map((saleId) => flags.refuses(saleId, 'late', 4)),
    [true, false, true],
  )
  raise(flags, 5, { keys: ['d', 'e', 'f', 'g'], saleId: 'sale 4' })
  assert.equal(flags.size, 1)
  const look = flags.suspect('sale 5', 6)
  assert.ok(look)
  flags.settle(look, winners(['a', 'b', 'c', 'd', 'e']), 6)
  assert.equal(flags.refuses('sale 5', 'late', 7), false)
  assert.ok(flags.suspect('sale 6', 7) && flags.suspect('sale 7', 7))
  assert.equal(flags.suspect('sale 8', 7), undefined)
})

test('after clear, a look under way raises nothing', () => {
  const flags = new SoldOutFlags()
  const look = flags.suspect(SALE, 0)
  assert.ok(look)
  flags.clear()
  flags.settle(look, winners([]), 1)
  assert.equal(flags.size, 0)
})
