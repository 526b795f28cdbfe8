import type { Outcome } from './finding.ts'
import { openEvenMix, openMixedSale } from './mixed-shots.ts'
import { runRace, sumUp } from './race.ts'
import type { Range } from './range.ts'

/**
 * One attempt of fifty wins: the sale as it happens, and for comparison the same share of wins spread evenly.
 */
export async function measureMixed(range: Range): Promise<Outcome> {
  const saleShot = await openMixedSale(range)
  const sale = await runRace(range, { title: 'mixed sale, 1 of 50 wins', shotOf: saleShot })
  const evenShot = await openEvenMix(range)
  const even = await runRace(range, { title: 'mixed, wins spread evenly', shotOf: evenShot })
  const { speedRatio, cpuRatio } = sumUp(sale)
  return {
    races: [sale, even],
    findings: [
      { what: 'mixed sale, attempts/s to bare', value: speedRatio, unit: '×', goal: { atLeast: 0.5 } },
      { what: 'mixed sale, CPU per attempt to bare', value: cpuRatio, unit: '×', goal: { atMost: 2.5 } },
    ],
  }
}
