import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { openBatcher } from './batcher.ts'
import { Distribution, snapshot } from './metrics/instruments.ts'

const options = fc.record({
  itemsMax: fc.integer({ min: 1, max: 5 }),
  queueMax: fc.integer({ min: 1, max: 12 }),
  inFlightMax: fc.integer({ min: 1, max: 3 }),
  waitMs: fc.constantFrom(0, 0, 1),
})
const step = fc.record({
  arrivals: fc.nat({ max: 6 }),
  turns: fc.nat({ max: 2 }),
  /** Items are given up after so many ticks of the model's clock. */
  patience: fc.constantFrom(0, 1, 3, 1_000),
})
/** How many turns each batch takes, and whether it fails. */
const work = fc.record({ turns: fc.nat({ max: 3 }), fails: fc.boolean() })

test('under any timing each item is answered once, with its own result, within every limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.array(step, { maxLength: 12 }),
      fc.array(work, { minLength: 1, maxLength: 5 }),
      check,
    ),
    { numRuns: 300 },
  )
})

type Options = { itemsMax: number; queueMax: number; inFlightMax: number; waitMs: number }
type Step = { arrivals: number; turns: number; patience: number }
type Work = { turns: number; fails: boolean }

async function check(given: Options, steps: Step[], works: Work[]): Promise<void> {
  let clock = 0
  let underway = 0
  let batches = 0
  const ran: number[] = []
  const batcher = openBatcher<number, string>({
    name: 'test',
    ...given,
    now: () => clock,
    run: async (items) => {
      const { turns, fails } = works[batches++ % works.length] as Work
      assert.ok(++underway <= given.inFlightMax, 'too many batches at once')
      assert.ok(items.length >= 1 && items.length <= given.itemsMax, 'too many items')
      ran.push(...items)
      for (let i = 0; i < turns; i++) await turn()
      underway--
      if (fails) throw new Error('broken')
      return items.map((item) => `result of ${item}`)
    },
  })
  const answers: Promise<void>[] = []
  let next = 0
  for (const { arrivals, turns, patience } of steps) {
    for (let i = 0; i < arrivals; i++) {
      const item = next++
      const full = batcher.waiting >= given.queueMax
      const answer = batcher.add(item, clock + patience).then((outcome) => {
        if ('done' in outcome) assert.equal(outcome.done, `result of ${item}`)
        else if (outcome.refused === 'deadline') assert.ok(!ran.includes(item), 'late, and yet it ran')
        else if (outcome.refused === 'overloaded') assert.ok(full && !ran.includes(item))
        else assert.ok(ran.includes(item))
      })
      answers.push(answer)
      assert.ok(batcher.waiting <= given.queueMax, 'too many wait')
    }
    clock++
    for (let i = 0; i < turns; i++) await turn()
  }
  await batcher.close()
  await Promise.all(answers)
  assert.equal(batcher.waiting + batcher.inFlight, 0)
  assert.deepEqual(
    ran,
    ran.toSorted((a, b) => a - b),
    'items left out of order',
  )
  assert.equal(new Set(ran).size, ran.length, 'an item ran twice')
}

const echo = {
  ...{ name: 'test', itemsMax: 10, queueMax: 100, inFlightMax: 1 },
  run: async (items: readonly number[]) => items,
}

test('items of one turn of the event loop leave as one batch', async () => {
  const sizes: number[] = []
  const batcher = openBatcher<number, number>({
    ...echo,
    waitMs: 0,
    run: async (items) => {
      sizes.push(items.length)
      return items
    },
  })
  await Promise.all([1, 2, 3].map((item) => batcher.add(item)))
  await batcher.add(4)
  assert.deepEqual(sizes, [3, 1])
})

test('while a batch is under way the next one gathers', async () => {
  const sizes: number[] = []
  const batcher = openBatcher<number, number>({
    ...echo,
    waitMs: 0,
    run: async (items) => {
      sizes.push(items.length)
      await sleep(10)
      return items
    },
  })
  const first = batcher.add(0)
  await turn()
  await turn()
  const rest: Promise<unknown>[] = []
  for (let i = 1; i <= 5; i++) {
    rest.push(batcher.add(i))
    await turn()
  }
  await Promise.all([first, ...rest])
  assert.deepEqual(sizes, [1, 5])
})

/** A batcher whose first batch, of item 0, is under way until `end` is called. */
async function openBusy() {
  const { promise, resolve: end } = Promise.withResolvers<void>()
  const sizes: number[] = []
  const batcher = openBatcher<number, number>({
    ...echo,
    inFlightMax: 2,
    waitMs: 60_000,
    run: async (items) => {
      sizes.push(items.length)
      if (items[0] === 0) await promise
      return items
    },
  })
  const first = batcher.add(0)
  await turn()
  await turn()
  return { batcher, sizes, first, end }
}

test('nobody waits for company while no batch is under way', async () => {
  const batcher = openBatcher<number, number>({ ...echo, waitMs: 60_000 })
  assert.deepEqual(await batcher.add(1), { done: 1 })
})

test('beside a batch under way a full one leaves at once, a smaller one when that is back', async () => {
  const { batcher, sizes, first, end } = await openBusy()
  await Promise.all(Array.from({ length: 10 }, (_, i) => batcher.add(i + 1)))
  const small = batcher.add(11)
  await sleep(5)
  assert.deepEqual(sizes, [1, 10])
  end()
  await Promise.all([first, small])
  assert.deepEqual(sizes, [1, 10, 1])
})

test('beside a batch under way a smaller one leaves when it has waited long enough', async () => {
  let clock = 0
  const { promise, resolve: end } = Promise.withResolvers<void>()
  const batcher = openBatcher<number, number>({
    ...echo,
    inFlightMax: 2,
    waitMs: 5,
    now: () => clock,
    run: async (items) => (items[0] === 0 ? promise.then(() => items) : items),
  })
  const first = batcher.add(0)
  await turn()
  await turn()
  const second = batcher.add(1)
  clock += 5
  assert.deepEqual(await second, { done: 1 })
  end()
  await first
})

test('closing does not wait for company, and nothing is taken after it', async () => {
  const { batcher, first, end } = await openBusy()
  const last = batcher.add(1)
  const closed = batcher.close()
  assert.deepEqual(await last, { done: 1 })
  end()
  await Promise.all([first, closed])
  assert.deepEqual(await batcher.add(2), { refused: 'overloaded' })
})

test('a batch that answers for too few items fails as a whole', async () => {
  const batcher = openBatcher<number, number>({ ...echo, waitMs: 0, run: async (items) => items.slice(1) })
  const outcomes = await Promise.all([batcher.add(1), batcher.add(2)])
  assert.ok(outcomes.every((outcome) => 'refused' in outcome && outcome.refused === 'failed'))
})

test('items that are themselves many fill a batch by their size, and one too large leaves alone', async () => {
  const batches: number[][] = []
  const batcher = openBatcher<number, number>({
    ...echo,
    waitMs: 0,
    sizeOf: (item) => item,
    run: async (items) => {
      batches.push([...items])
      return items
    },
  })
  await Promise.all([4, 6, 1, 12, 2].map((item) => batcher.add(item)))
  assert.deepEqual(batches, [[4, 6], [1], [12], [2]])
})

test('how many wait, how long the first did and who was turned away is counted', async () => {
  let clock = 0
  const name = 'counted'
  const lines = (metric: string) => {
    const all = snapshot().find((each) => each.name === metric)?.lines ?? []
    return all.filter(({ attributes }) => attributes['stampede.batch'] === name)
  }
  const batcher = openBatcher<number, number>({ ...echo, name, queueMax: 2, waitMs: 0, now: () => clock })
  const answers = [batcher.add(1), batcher.add(2, 100), batcher.add(3)]
  assert.equal(lines('stampede.batch.waiting')[0]?.value, 2)
  clock = 250
  await Promise.all(answers)
  const [wait] = lines('stampede.batch.wait.duration')
  assert.ok(wait?.value instanceof Distribution)
  assert.equal(wait.value.sum, 0.25)
  assert.deepEqual(
    lines('stampede.batch.refused').map(({ attributes, value }) => [attributes['stampede.reason'], value]),
    [
      ['overloaded', 1],
      ['deadline', 1],
    ],
  )
  await batcher.close()
  assert.deepEqual(lines('stampede.batch.waiting'), [])
})
