import type { Outcome } from './finding.ts'
import type { Range } from './range.ts'
import { sellOut } from './refusals.ts'
import { median, type Sample } from './sample.ts'
import type { Aim, Shot } from './shot.ts'

const CONNECTIONS = 64
const ATTEMPTS = 100_000
const LIMIT_MS = 30_000
const WARM_UP_ATTEMPTS = 20_000
const ONE_IN = 50
const BUYERS = 5000
const BOTH = ['gateway', 'gateway-2']

/** The same load over one gateway and over two, in a system that has two. One attempt in fifty wins. */
export async function measureGateways(range: Range): Promise<Outcome> {
  await range.needBuyers(BUYERS)
  const soldOut = await sellOut(range, ATTEMPTS / ONE_IN)
  const stocked = await range.openSale(ATTEMPTS * range.rounds)
  const aim = (): Aim => {
    const instead = { every: ONE_IN, saleIds: [stocked] }
    return { saleIds: [soldOut], instead, buyers: { first: 0, count: BUYERS }, keys: range.newKeys() }
  }
  const pace = { connections: CONNECTIONS, attempts: ATTEMPTS, limitMs: LIMIT_MS }
  const mixed = () => ({ aim: aim(), pace, warmUps: [{ aim: aim(), attempts: WARM_UP_ATTEMPTS }] })
  const samples = await compare(range, async () => mixed())
  const cost = (which: readonly Sample[]) => median(which.map((sample) => sample.cpuUs))
  return {
    races: [],
    findings: [
      {
        what: 'CPU per attempt, 2 gateways to 1',
        value: cost(samples.two) / cost(samples.one),
        unit: '×',
        goal: { atMost: 1.2 },
      },
    ],
    data: samples,
  }
}

async function compare(range: Range, shotOf: () => Promise<Omit<Shot, 'urls'>>) {
  const one: Sample[] = []
  const two: Sample[] = []
  for (let round = 0; round < range.rounds; round++) {
    one.push(await range.shootSystem(await shotOf()))
    two.push(await range.shootSystem(await shotOf(), { gateways: BOTH }))
    const [first, second] = [one.at(-1)?.cpuUs ?? 0, two.at(-1)?.cpuUs ?? 0]
    range.say(
      `gateways, round ${round + 1}: ${first.toFixed(1)} µs over one, ${second.toFixed(1)} µs over two`,
    )
  }
  return { one, two }
}
