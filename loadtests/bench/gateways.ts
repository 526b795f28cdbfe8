import type { Finding, Outcome } from './finding.ts'
import { openEvenMix, openMixedSale } from './mixed-shots.ts'
import type { Range } from './range.ts'
import { median, type Sample } from './sample.ts'
import type { ShotOf } from './shot.ts'

const BOTH = ['gateway', 'gateway-2']

/** The same load over one gateway and over two, in a system that has two: what halving the batches costs. */
export async function measureGateways(range: Range): Promise<Outcome> {
  const sale = await compare(range, 'mixed sale', await openMixedSale(range))
  const even = await compare(range, 'wins spread evenly', await openEvenMix(range))
  return {
    races: [],
    findings: [
      { ...ratioOf('2 gateways to 1, CPU per attempt', sale), goal: { atMost: 1.2 } },
      { ...ratioOf('the same, wins spread evenly', even), goal: undefined },
    ],
    data: { sale, even },
  }
}

interface Comparison {
  readonly one: readonly Sample[]
  readonly two: readonly Sample[]
}

function ratioOf(what: string, { one, two }: Comparison): Omit<Finding, 'goal'> {
  const cost = (samples: readonly Sample[]) => median(samples.map((sample) => sample.cpuUs))
  return { what, value: cost(two) / cost(one), unit: '×' }
}

async function compare(range: Range, title: string, shotOf: ShotOf): Promise<Comparison> {
  const one: Sample[] = []
  const two: Sample[] = []
  for (let round = 0; round < range.rounds; round++) {
    const overOne = await range.shootSystem(await shotOf())
    const overTwo = await range.shootSystem(await shotOf(), { gateways: BOTH })
    one.push(overOne)
    two.push(overTwo)
    const costs = `${overOne.cpuUs.toFixed(1)} µs over one gateway, ${overTwo.cpuUs.toFixed(1)} µs over two`
    range.say(`${title}, round ${round + 1}: ${costs}`)
  }
  return { one, two }
}
