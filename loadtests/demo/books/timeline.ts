/** Units a claim took and, if its order ended, gave back. Times in milliseconds since 1970, by the ledger. */
export interface Holding {
  readonly saleId: string
  readonly userId: string
  readonly quantity: number
  readonly from: number
  readonly to: number | undefined
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** What the ledger says about a moment in the past. */
export interface Timeline {
  /** The fewest units that were left at any moment of the span. */
  leastLeft(saleId: string, span: Span): number
  /** All units the buyer held at some moment of the span. */
  heldBy(userId: string, saleId: string, span: Span): number
}

/** The way from an order's end to the shelf and to every gateway's flag may take so long. */
export const RETURN_MS = 5000

export function openTimeline(
  sales: readonly { readonly saleId: string; readonly units: number }[],
  holdings: readonly Holding[],
): Timeline {
  const stocks = new Map(sales.map((sale) => [sale.saleId, stockOf(sale.units, holdings, sale.saleId)]))
  const byBuyer = Map.groupBy(holdings, ({ userId, saleId }) => `${userId} ${saleId}`)
  return {
    leastLeft: (saleId, span) => leastIn(stocks.get(saleId) ?? [], span),
    heldBy(userId, saleId, { from, to }) {
      const held = byBuyer.get(`${userId} ${saleId}`) ?? []
      return held
        .filter((each) => each.from <= to && returnedAt(each) >= from)
        .reduce((sum, each) => sum + each.quantity, 0)
    },
  }
}

interface Level {
  readonly at: number
  readonly left: number
}

/** How many units were left from each moment on, ascending. */
function stockOf(units: number, holdings: readonly Holding[], saleId: string): Level[] {
  const moves = holdings
    .filter((each) => each.saleId === saleId)
    .flatMap((each) => [
      { at: each.from, by: -each.quantity },
      { at: returnedAt(each), by: each.quantity },
    ])
    .sort((a, b) => a.at - b.at)
  const levels: Level[] = [{ at: Number.NEGATIVE_INFINITY, left: units }]
  let left = units
  for (const { at, by } of moves) {
    left += by
    levels.push({ at, left })
  }
  return levels
}

function returnedAt({ to }: Holding): number {
  return to === undefined ? Number.POSITIVE_INFINITY : to + RETURN_MS
}

function leastIn(levels: readonly Level[], { from, to }: Span): number {
  let low = 0
  let high = levels.length
  // The last level that began at or before `from`.
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((levels[middle] as Level).at <= from) low = middle
    else high = middle
  }
  let least = Number.POSITIVE_INFINITY
  for (let i = low; i < levels.length; i++) {
    const { at, left } = levels[i] as Level
    if (at > to) break
    least = Math.min(least, left)
  }
  return least
}
