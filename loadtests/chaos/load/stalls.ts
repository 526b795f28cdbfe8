import type { Journal, SaleEntry } from '../../demo/journal.ts'
import { drawInteger, type Random } from '../../generator/random.ts'
import type { Operator } from '../../system/operator.ts'
import { saleShares } from './wishes.ts'

/** The sales that are up, one for each SKU; each gives way to a fresh one when its time is over. */
export interface Stalls {
  readonly count: number
  at(rank: number): SaleEntry
  /** Ids of the sales that are up now. */
  current(): string[]
  /** Ids of all sales that ever were. */
  all(): string[]
  close(): Promise<void>
}

export interface StallsPlan {
  readonly operator: () => Promise<Operator>
  readonly journal: Journal
  readonly random: Random
  readonly ratePerSecond: number
  readonly buyers: number
  readonly skus: number
}

/** Of the units that are wanted, so many there are. */
const STOCK_SHARE = 0.2
/** Units that a wish is for, in the mean. */
const QUANTITY_MEAN = 1.2
const UNITS_MIN = 3
/** How much more all buyers together may have than there is, so that limits are met and all is sold. */
const LIMIT_ROOM = 1.5
/** A sale is sold out after a fifth of its life: the hot one lives briefly, so that its rush is brief. */
const LIFE_MS = { hot: 45_000, other: 150_000 } as const
const WINDOW_SECONDS = { least: 5, spread: 16 } as const
const LOOK_EVERY_MS = 500
const OPENED_AT_ONCE = 8

/** Opens the first sale for each SKU, of different ages. Throws when the system does not open them. */
export async function openStalls(plan: StallsPlan): Promise<Stalls> {
  const shares = saleShares(plan.skus)
  const up: Stall[] = []
  const all: string[] = []
  const open = async (place: Place) => {
    const stall = await openStall(plan, place)
    all.push(stall.sale.saleId)
    return stall
  }
  for (let rank = 0; rank < shares.length; rank += OPENED_AT_ONCE) {
    const few = shares.slice(rank, rank + OPENED_AT_ONCE)
    up.push(...(await Promise.all(few.map((share, i) => open({ rank: rank + i, share })))))
  }
  // As if they had been up for a while: else all would be sold out at the same time, and nobody won any more.
  for (const stall of up) stall.endsAt -= drawInteger(plan.random, lifeOf(stall.rank))
  const renewing = keepFresh(open, up)
  return {
    count: up.length,
    at(rank) {
      const stall = up[rank]
      if (!stall) throw new Error(`there is no sale of rank ${rank}`)
      return stall.sale
    },
    current: () => up.map(({ sale }) => sale.saleId),
    all: () => [...all],
    close: renewing.close,
  }
}

interface Place {
  readonly rank: number
  readonly share: number
}

interface Stall extends Place {
  readonly sale: SaleEntry
  endsAt: number
}

/** A sale that cannot be replaced now, the system being broken, stays up until it can. */
function keepFresh(open: (place: Place) => Promise<Stall>, up: Stall[]) {
  const renewing = new Set<number>()
  const under = new Set<Promise<void>>()

  async function renew(stall: Stall): Promise<void> {
    renewing.add(stall.rank)
    try {
      up[stall.rank] = await open(stall)
    } catch {
      // The next look tries again.
    } finally {
      renewing.delete(stall.rank)
    }
  }

  const timer = setInterval(() => {
    const now = Date.now()
    for (const stall of up) {
      if (renewing.size >= OPENED_AT_ONCE) return
      if (stall.endsAt > now || renewing.has(stall.rank)) continue
      const opening = renew(stall).finally(() => under.delete(opening))
      under.add(opening)
    }
  }, LOOK_EVERY_MS)
  return {
    async close() {
      clearInterval(timer)
      await Promise.all(under)
    },
  }
}

async function openStall(plan: StallsPlan, { rank, share }: Place): Promise<Stall> {
  const { operator, journal, random, ratePerSecond, buyers } = plan
  const lifeMs = lifeOf(rank)
  const wanted = ratePerSecond * share * (lifeMs / 1000) * QUANTITY_MEAN
  const units = Math.max(UNITS_MIN, Math.round(wanted * STOCK_SHARE))
  const limit = Math.max(2, Math.ceil((units * LIMIT_ROOM) / buyers))
  const windowSeconds = WINDOW_SECONDS.least + drawInteger(random, WINDOW_SECONDS.spread)
  const terms = { title: `Chaos ${rank}`, units, limitPerUser: limit, paymentWindowSeconds: windowSeconds }
  const { saleId } = await (await operator()).openSale(terms)
  const sale: SaleEntry = { entry: 'sale', saleId, units, limit, windowSeconds, openedAt: Date.now() }
  journal.write(sale)
  return { rank, share, sale, endsAt: Date.now() + lifeMs }
}

function lifeOf(rank: number): number {
  return rank === 0 ? LIFE_MS.hot : LIFE_MS.other
}
