import type { Outcome } from './finding.ts'
import { runRace, sumUp } from './race.ts'
import type { Range } from './range.ts'
import type { Aim, ShotOf } from './shot.ts'

const BUYERS = 5000
const UNITS = 1000
const CONNECTIONS = 64
const ROUND_MS = 4000
const WARM_UP_ATTEMPTS = 30_000
const ENOUGH = 10_000_000

/** The rush after the end: everybody is told that nothing is left. */
export async function measureRefusals(range: Range): Promise<Outcome> {
  const shotOf = await openSoldOut(range)
  const race = await runRace(range, { title: 'refusals, sold out', shotOf })
  const value = sumUp(race).speedRatio
  return {
    races: [race],
    findings: [{ what: 'sold-out refusals/s to bare', value, unit: '×', goal: { atLeast: 0.7 } }],
  }
}

/** The load of one round: as many attempts as are answered in some seconds. */
export async function openSoldOut(range: Range): Promise<ShotOf> {
  await range.needBuyers(BUYERS)
  const soldOut = await sellOut(range, UNITS)
  const aim = (): Aim => ({
    saleIds: [soldOut],
    buyers: { first: 0, count: BUYERS },
    keys: range.newKeys(),
  })
  return async () => ({
    aim: aim(),
    pace: { connections: CONNECTIONS, attempts: ENOUGH, limitMs: ROUND_MS },
    warmUps: [{ aim: aim(), attempts: WARM_UP_ATTEMPTS }],
  })
}

/** A sale of so many units, all of them sold. */
export async function sellOut(range: Range, units: number): Promise<string> {
  const saleId = await range.openSale(units)
  const aim: Aim = { saleIds: [saleId], buyers: { first: 0, count: BUYERS }, keys: range.newKeys() }
  const attempts = units + CONNECTIONS
  await range.shootSystem({ aim, pace: { connections: CONNECTIONS, attempts, limitMs: 60_000 }, warmUps: [] })
  return saleId
}
