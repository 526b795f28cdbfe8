import type { Finding, Outcome } from './finding.ts'
import type { Range } from './range.ts'
import { median, type Sample } from './sample.ts'
import type { Aim, Shot } from './shot.ts'

const CONNECTIONS = 256
const ATTEMPTS = 20_000
const LIMIT_MS = 60_000
const WARM_UP_ATTEMPTS = 10_000
const FEW_BUYERS = 1000
const MANY_BUYERS = 100_000
const SKUS = [1, 100, 10_000] as const
const SALES_AT_ONCE = 4
const STOCK = 10_000_000

interface Step {
  readonly size: number
  readonly samples: readonly Sample[]
}

/** What an accepted order costs when there are more sales, and when there are more buyers. */
export async function measureGrowth(range: Range): Promise<Outcome> {
  await range.needBuyers(MANY_BUYERS)
  const buyers: Step[] = []
  for (const size of [FEW_BUYERS, MANY_BUYERS]) {
    const saleIds = await openSales(range, 1)
    buyers.push({ size, samples: await repeat(range, `${size} buyers`, { saleIds, buyers: size }) })
  }
  // Last, for ten thousand open sales cost something even when nobody buys.
  const skus: Step[] = []
  for (const size of SKUS) {
    const saleIds = await openSales(range, size)
    skus.push({ size, samples: await repeat(range, `${size} SKUs`, { saleIds, buyers: FEW_BUYERS }) })
  }
  return {
    races: [],
    findings: [
      toFinding('CPU per order, 1 to 10,000 SKUs', skus),
      toFinding('CPU per order, 1,000 to 100,000 buyers', buyers),
    ],
    data: { skus, buyers },
  }
}

interface Size {
  readonly saleIds: readonly string[]
  readonly buyers: number
}

async function repeat(range: Range, title: string, { saleIds, buyers }: Size): Promise<Sample[]> {
  const aim = (): Aim => ({ saleIds, buyers: { first: 0, count: buyers }, keys: range.newKeys() })
  const samples: Sample[] = []
  for (let round = 0; round < range.rounds; round++) {
    // The first round meets each buyer once before: tokens are verified, and the sale knows them all.
    const attempts = round === 0 ? Math.max(WARM_UP_ATTEMPTS, buyers) : WARM_UP_ATTEMPTS
    const shot: Omit<Shot, 'urls'> = {
      aim: aim(),
      pace: { connections: CONNECTIONS, attempts: ATTEMPTS, limitMs: LIMIT_MS },
      warmUps: [{ aim: aim(), attempts }],
    }
    const sample = await range.shootSystem(shot)
    samples.push(sample)
    const figures = `${Math.round(sample.perSecond)}/s, ${sample.cpuUs.toFixed(0)} µs of CPU an order`
    range.say(`${title}, round ${round + 1}: ${figures}`)
  }
  return samples
}

async function openSales(range: Range, count: number): Promise<string[]> {
  const saleIds: string[] = []
  while (saleIds.length < count) {
    const share = Math.min(SALES_AT_ONCE, count - saleIds.length)
    saleIds.push(...(await Promise.all(Array.from({ length: share }, () => range.openSale(STOCK)))))
  }
  return saleIds
}

/** The dearest step to the first one. */
function toFinding(what: string, steps: readonly Step[]): Finding {
  const costs = steps.map(({ samples }) => median(samples.map((sample) => sample.cpuUs)))
  const value = Math.max(...costs) / (costs[0] ?? Number.NaN)
  return { what, value, unit: '×', goal: { atMost: 1.5 } }
}
