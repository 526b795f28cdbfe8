import assert from 'node:assert/strict'
import { until } from '@stampede/kit/testing/until'
import { assertBooks } from './books.ts'
import { type Buyer, type House, isSoldOut, type OpenedSale } from './house.ts'
import { startLoad } from './load.ts'

export interface Faulty {
  readonly buyers: readonly Buyer[]
  readonly units: number
  readonly seed: number
  /** Breaks something while the sale is on. */
  readonly fault: (sale: OpenedSale) => Promise<void>
}

const RATE_PER_SECOND = 250
/** The fault comes when so much is sold: there is much to lose, and much left to sell. */
const SOLD_BEFORE = 0.25
const SELL_OUT_MS = 60_000

/**
 * A sale that something breaks in the middle of, driven on until its last unit is sold: nobody mends
 * anything, buyers only go on buying. Then the books. Answers with what all attempts came to.
 */
export async function sellThrough(house: House, { buyers, units, seed, fault }: Faulty) {
  const sale = await house.openSale({ title: `Fault ${seed}`, units, limitPerUser: 3 })
  const { saleId } = sale
  const load = startLoad(house, { saleId, buyers, ratePerSecond: RATE_PER_SECOND, seed })
  try {
    await until('the sale is on', async () => load.won >= units * SOLD_BEFORE)
    await fault(sale)
    const wonBefore = load.won
    // On a slow machine all may be sold before the fault is over: then it did go on.
    const goesOn = async () => load.won > wonBefore || (await isSoldOut(house, saleId))
    await until('selling goes on by itself', goesOn, SELL_OUT_MS)
    await until('every unit is sold', () => isSoldOut(house, saleId), SELL_OUT_MS)
  } finally {
    await load.finish()
  }
  await assertBooks(house, 'after faults')
  const { available, reserved } = await house.audit(saleId)
  assert.deepEqual({ available, reserved }, { available: 0, reserved: units })
  return sale
}
