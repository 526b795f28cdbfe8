import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { printsOf } from '../../test/prints.ts'
import { type Flag, type Look, SoldOutFlags, TRUST_MS } from './sold-out-flags.ts'

const SALE = '01900000-0000-7000-8000-000000000001'

type Step = {
  do: 'wait' | 'win' | 'return' | 'rebuild' | 'tell' | 'tick' | 'serve' | 'hear' | 'lose' | 'try'
  n: number
}

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
    const told = { saleId: SALE, epoch, seq, left, prints: printsOf(this.holders) }
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
    const lately = [
      ...this.past.filter(({ until }) => until >= since),
      { left: this.left, holders: this.holders },
    ]
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
