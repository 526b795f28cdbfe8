import type { Range } from './range.ts'
import { sellOut } from './refusals.ts'
import type { Aim, ShotOf } from './shot.ts'

const BUYERS = 5000
const ATTEMPTS = 100_000
const WARM_UP_ATTEMPTS = 20_000
const ONE_IN = 50
const CONNECTIONS = 64
const LIMIT_MS = 60_000
/** Of each sale that is counted: all of them are sold. */
export const UNITS = ATTEMPTS / ONE_IN

const buyers = { first: 0, count: BUYERS }
const pace = { connections: CONNECTIONS, attempts: ATTEMPTS, limitMs: LIMIT_MS }

/** As it happens in a sale: the units go first, and all who come later are told so. */
export async function openMixedSale(range: Range): Promise<ShotOf> {
  await range.needBuyers(BUYERS)
  const saleOf = async (attempts: number): Promise<Aim> => {
    const saleId = await range.openSale(attempts / ONE_IN)
    return { saleIds: [saleId], buyers, keys: range.newKeys() }
  }
  return async () => {
    const warmUp = { aim: await saleOf(WARM_UP_ATTEMPTS), attempts: WARM_UP_ATTEMPTS }
    return { aim: await saleOf(ATTEMPTS), pace, warmUps: [warmUp] }
  }
}

/**
 * The wins spread over the whole time: every fiftieth attempt goes to a sale that has units, the rest to one
 * without.
 */
export async function openEvenMix(range: Range): Promise<ShotOf> {
  await range.needBuyers(BUYERS)
  const soldOut = await sellOut(range, ATTEMPTS / ONE_IN)
  const stocked = await range.openSale(ATTEMPTS * range.rounds)
  const aim = (): Aim => {
    const instead = { every: ONE_IN, saleIds: [stocked] }
    return { saleIds: [soldOut], instead, buyers, keys: range.newKeys() }
  }
  return async () => ({ aim: aim(), pace, warmUps: [{ aim: aim(), attempts: WARM_UP_ATTEMPTS }] })
}
