import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { SaleEntry } from '../../demo/journal.ts'
import { seededRandom } from '../../generator/random.ts'
import type { Operator, SaleTerms } from '../../system/operator.ts'
import { openStalls } from './stalls.ts'

const SKUS = 5

/** An operator who can fall silent, and what was asked of it and written down. */
function openHouse() {
  const asked: SaleTerms[] = []
  const written: SaleEntry[] = []
  const house = { asked, written, isDown: false }
  const openSale = async (terms: SaleTerms) => {
    if (house.isDown) throw new Error('no answer')
    asked.push(terms)
    return { saleId: `sale-${asked.length}` }
  }
  const journal = {
    write: (entry: unknown) => void written.push(entry as SaleEntry),
    begin: () => () => undefined,
    close: async () => undefined,
  }
  const operator = async () => ({ openSale }) as unknown as Operator
  const plan = { operator, journal, random: seededRandom(1), ratePerSecond: 300, buyers: 300, skus: SKUS }
  return { house, plan }
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    mock.timers.tick(500)
    for (let turns = 0; turns < 5; turns++) await turn()
  }
}

test('there is a sale for each SKU with a fifth of what is wanted, and each is replaced in time', async () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  try {
    const { house, plan } = openHouse()
    const stalls = await openStalls(plan)
    const first = stalls.current()
    assert.equal(first.length, SKUS)
    // 300/s, six in ten of them, for 45 s, 1.2 units each.
    assert.equal(stalls.at(0).units, Math.round(300 * 0.6 * 45 * 1.2 * 0.2))
    assert.ok(stalls.at(0).limit * 300 >= stalls.at(0).units)
    await pass(151_000)
    assert.ok(stalls.current().every((saleId) => !first.includes(saleId)))
    assert.equal(stalls.all().length, house.asked.length)
    assert.deepEqual(
      house.written.map(({ saleId }) => saleId),
      stalls.all(),
    )
    await stalls.close()
  } finally {
    mock.timers.reset()
  }
})

test('a sale that cannot be replaced stays up, and is replaced when it can be', async () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  try {
    const { house, plan } = openHouse()
    const stalls = await openStalls(plan)
    const first = stalls.current()
    house.isDown = true
    await pass(200_000)
    assert.deepEqual(stalls.current(), first)
    house.isDown = false
    await pass(2_000)
    assert.ok(stalls.current().every((saleId) => !first.includes(saleId)))
    await stalls.close()
  } finally {
    mock.timers.reset()
  }
})
