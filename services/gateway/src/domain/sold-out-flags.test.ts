import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Winners } from '@stampede/contracts/claims'
import { printKey } from '@stampede/contracts/ids'
import fc from 'fast-check'
import { type Flag, IDLE_MS, type Look, REST_MS, SoldOutFlags, TRUST_MS } from './sold-out-flags.ts'

const SALE = '01900000-0000-7000-8000-000000000001'
const OTHER = '01900000-0000-7000-8000-000000000002'

function winners(keys: readonly string[], more: Partial<Winners> = {}): Winners {
  const bytes = Buffer.alloc(keys.length * 4)
  keys.forEach((key, i) => bytes.writeUInt32LE(printKey(key), i * 4))
  return { saleId: SALE, epoch: 1, seq: 1, left: 0, prints: bytes.toString('base64'), ...more }
}

function raise(flags: SoldOutFlags, now: number, keys: readonly string[] = [], saleId = SALE): void {
  const look = flags.suspect(saleId, now)
  assert.ok(look)
  flags.settle(look, winners(keys, { saleId }), now)
}

test('a raised flag refuses everyone but the winners and those whose key is missing or malformed', () => {
  const flags = new SoldOutFlags()
  assert.equal(flags.refuses(SALE, 'late', 0), false)
  raise(flags, 0, ['winner'])
  assert.equal(flags.refuses(SALE, 'late', 1), true)
  assert.equal(flags.refuses(SALE, 'winner', 1), false)
  assert.equal(flags.refuses(SALE, '', 1), false)
  assert.equal(flags.refuses(SALE, 'two words', 1), false)
  assert.equal(flags.refuses(OTHER, 'late', 1), false)
})

test('no flag is raised while units are left, or when nothing was heard; then the sale rests', () => {
  const flags = new SoldOutFlags()
  for (const [at, heard] of [[0, winners([], { left: 1 })], [1_000, undefined]] as const) {
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
  raise(flags, 1_200, ['winner'])
  flags.confirm(old, [{ ...same, left: 5 }], 100)
  assert.equal(flags.refuses(SALE, 'late', 1_300), true)
})

test('a win with a key the flag does not know clears it', () => {
  const flags = new SoldOutFlags()
  raise(flags, 0, ['winner'])
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
  raise(flags, 0, ['a', 'b'], 'sale 1')
  raise(flags, 1, ['a', 'b'], 'sale 2')
  flags.refuses('sale 1', 'late', 2)
  raise(flags, 3, ['c'], 'sale 3')
  assert.deepEqual(
    ['sale 1', 'sale 2', 'sale 3'].map((saleId) => flags.refuses(saleId, 'late', 4)),
    [true, false, true],
  )
  raise(flags, 5, ['d', 'e', 'f', 'g'], 'sale 4')
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

type Step = { do: 'wait' | 'win' | 'return' | 'rebuild' | 'tell' | 'tick' | 'serve' | 'hear' | 'lose' | 'try'; n: number }

/** A truth that changes, answers that are late, lost or out of order, and what may never happen. */
class Race {
  readonly flags = new SoldOutFlags()
  readonly keys = Array.from({ length: 6 }, (_, i) => `key-${i}`)
  now = 0
  epoch = 1
  seq = 0
  left = 1
  holders: string[] = []
  refused = 0
  /** What was true, and until when. */
  readonly past: { until: number; left: number; holders: readonly string[] }[] = []
  readonly asked: ({ look: Look } | { flags: Flag[]; askedAt: number })[] = []
  readonly served: (() => void)[] = []

  step({ do: what, n }: Step): void {
    this[what](n)
  }

  wait(n: number): void {
    this.now += n * 40
  }

  win(n: number): void {
    const key = this.keys[n % 6] as string
    if (this.left === 0 || this.holders.includes(key)) return
    this.#change(() => {
      this.left--
      this.seq++
      this.holders = [...this.holders, key]
    })
  }

  return(): void {
    if (this.holders.length === 0) return
    this.#change(() => {
      this.left++
      this.holders = this.holders.slice(1)
    })
  }

  rebuild(): void {
    this.epoch++
  }

  tell(): void {
    const look = this.left === 0 ? this.flags.suspect(SALE, this.now) : undefined
    if (look) this.asked.push({ look })
  }

  tick(): void {
    const due = this.flags.due(this.now)
    if (due.length > 0) this.asked.push({ flags: due, askedAt: this.now })
  }

  serve(n: number): void {
    const [question] = this.asked.splice(n % Math.max(1, this.asked.length), 1)
    if (!question) return
    const { epoch, seq, left } = this
    const told = winners(this.holders, { epoch, seq, left })
    this.served.push(() => {
      if ('look' in question) return this.flags.settle(question.look, told, this.now)
      const changed = this.flags.confirm(question.flags, [told], question.askedAt)
      for (const saleId of changed) {
        const look = this.flags.suspect(saleId, this.now)
        if (look) this.asked.push({ look })
      }
    })
  }

  hear(n: number): void {
    this.served.splice(n % Math.max(1, this.served.length), 1)[0]?.()
  }

  lose(n: number): void {
    const [question] = this.asked.splice(n % Math.max(1, this.asked.length), 1)
    if (question && 'look' in question) this.flags.settle(question.look, undefined, this.now)
  }

  try(n: number): void {
    const key = this.keys[n % 6] as string
    if (!this.flags.refuses(SALE, key, this.now)) return
    this.refused++
    const since = this.now - TRUST_MS
    const lately = [...this.past.filter(({ until }) => until >= since), { left: this.left, holders: this.holders }]
    const right = lately.some(({ left, holders }) => left === 0 && !holders.includes(key))
    assert.ok(right, `${key} was refused at ${this.now}, which was not true for a second`)
  }

  #change(change: () => void): void {
    this.past.push({ until: this.now, left: this.left, holders: this.holders })
    change()
  }
}

test('whatever happens in between, a refusal was true within the last second', () => {
  const kinds = ['wait', 'win', 'return', 'rebuild', 'tell', 'tick', 'serve', 'hear', 'lose', 'try'] as const
  // Progress is drawn more often than trouble, so that most runs get as far as a flag.
  const often = ['wait', 'tell', 'tick', 'serve', 'serve', 'hear', 'hear', 'win', 'try', 'try'] as const
  const step = fc.record({ do: fc.constantFrom(...kinds, ...often), n: fc.nat(11) }) as fc.Arbitrary<Step>
  let refused = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 120 }), (steps) => {
      const race = new Race()
      for (const each of steps) race.step(each)
      refused += race.refused
    }),
    { numRuns: 2_000 },
  )
  assert.ok(refused > 1_000, `only ${refused} refusals were seen`)
})
