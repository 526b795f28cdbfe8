import { setTimeout as sleep } from 'node:timers/promises'
import { runOpenLoop } from '@stampede/loadtests/generator/open-loop'
import { drawInteger, seededRandom } from '@stampede/loadtests/generator/random'
import { attemptAt, buyTogether, countTold, isDecided, type Told, type Wish } from './attempts.ts'
import type { Buyer, House } from './house.ts'

export interface LoadPlan {
  readonly saleId: string
  readonly buyers: readonly Buyer[]
  readonly ratePerSecond: number
  readonly seed: number
}

/** Buyers who keep coming at a steady rate, whether they are answered or not. */
export interface Load {
  /** The distinct orders told so far. */
  readonly won: number
  /** Stops new wishes and brings the persistent ones to their decisions; what all answers came to. */
  finish(): Promise<Record<string, number>>
}

interface Repeat {
  readonly wish: Wish
  readonly at: number
}

/** Whoever is still at it then has found a system that no longer sells. */
const LIMIT_MS = 80_000
const CONNECTIONS = { connections: 16, connectionsMax: 512 }
const PAUSE_MS = { least: 200, spread: 400 }
/**
 * This share gives up after one attempt, so that what was taken for them has to come back without their help.
 */
const IMPATIENT = 0.25

/**
 * Every wish is for one unit; an undecided one is repeated
 * with its key, unless its buyer is of the impatient kind.
 */
export function startLoad(house: House, { saleId, buyers, ratePerSecond, seed }: LoadPlan): Load {
  const random = seededRandom(seed)
  const told: Told[] = []
  const orders = new Set<string>()
  let repeats: Repeat[] = []
  let wishes = 0
  let stopped = false

  function* arrivals(): Generator<number> {
    for (let atMs = 0; !stopped && atMs < LIMIT_MS; atMs += 1000 / ratePerSecond) yield atMs
  }

  function nextWish(): Wish {
    const [due] = repeats
    if (due && due.at <= performance.now()) {
      repeats.shift()
      return due.wish
    }
    wishes += 1
    const buyer = buyers[drawInteger(random, buyers.length)] as Buyer
    return { saleId, buyer, key: `load-${seed}-${wishes}`, quantity: 1 }
  }

  function onTold(wish: Wish, answer: Told, isImpatient: boolean): void {
    told.push(answer)
    if (answer.status === 201) orders.add((JSON.parse(answer.body) as { orderId: string }).orderId)
    if (isDecided(answer) || isImpatient) return
    repeats.push({ wish, at: performance.now() + PAUSE_MS.least + random() * PAUSE_MS.spread })
  }

  const running = runOpenLoop({ target: house.target, ...CONNECTIONS }, arrivals(), () => {
    const wish = nextWish()
    const isImpatient = Number(wish.key.split('-')[2]) % Math.round(1 / IMPATIENT) === 0
    return attemptAt(house, wish, (answer) => onTold(wish, answer, isImpatient))
  })
  // Heard in `finish`; until then a failure must not end the process.
  running.catch(() => undefined)

  return {
    get won() {
      return orders.size
    },
    async finish() {
      stopped = true
      await running
      await sleep(PAUSE_MS.least)
      const open = repeats.map(({ wish }) => wish)
      repeats = []
      for (const answer of await buyTogether(house, open)) told.push(answer)
      return countTold(told)
    },
  }
}
