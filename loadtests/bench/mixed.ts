import type { Outcome } from './finding.ts'
import { runRace, sumUp } from './race.ts'
import type { Range } from './range.ts'
import { sellOut } from './refusals.ts'
import type { Aim } from './shot.ts'

const BUYERS = 5000
const ATTEMPTS = 100_000
const WARM_UP_ATTEMPTS = 20_000
const ONE_IN = 50
const CONNECTIONS = 64
const LIMIT_MS = 60_000

/**
 * One attempt in fifty wins. As it happens in a sale: the units go first and all who come later are told so;
 * and, for comparison, with the wins spread evenly over the whole time.
 */
export async function measureMixed(range: Range): Promise<Outcome> {
  await range.needBuyers(BUYERS)
  const buyers = { first: 0, count: BUYERS }
  const pace = { connections: CONNECTIONS, attempts: ATTEMPTS, limitMs: LIMIT_MS }
  const saleOf = async (attempts: number): Promise<Aim> => {
    const saleId = await range.openSale(attempts / ONE_IN)
    return { saleIds: [saleId], buyers, keys: range.newKeys() }
  }
  const sale = await runRace(range, {
    title: 'mixed sale, 1 of 50 wins',
    shotOf: async () => {
      const warmUp = { aim: await saleOf(WARM_UP_ATTEMPTS), attempts: WARM_UP_ATTEMPTS }
      return { aim: await saleOf(ATTEMPTS), pace, warmUps: [warmUp] }
    },
  })

  const soldOut = await sellOut(range, ATTEMPTS / ONE_IN)
  const stocked = await range.openSale(ATTEMPTS * range.rounds)
  const evenly = (): Aim => {
    const instead = { every: ONE_IN, saleIds: [stocked] }
    return { saleIds: [soldOut], instead, buyers, keys: range.newKeys() }
  }
  const even = await runRace(range, {
    title: 'mixed, wins spread evenly',
    shotOf: async () => {
      const warmUp = { aim: evenly(), attempts: WARM_UP_ATTEMPTS }
      return { aim: evenly(), pace, warmUps: [warmUp] }
    },
  })

  const { speedRatio, cpuRatio } = sumUp(sale)
  return {
    races: [sale, even],
    findings: [
      { what: 'mixed sale, attempts/s to bare', value: speedRatio, unit: '×', goal: { atLeast: 0.5 } },
      { what: 'mixed sale, CPU per attempt to bare', value: cpuRatio, unit: '×', goal: { atMost: 2.5 } },
    ],
  }
}
