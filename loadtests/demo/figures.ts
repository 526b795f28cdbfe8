import type { AttemptEntry } from './journal.ts'
import type { SaleName } from './step.ts'

/** What the clients saw, as numbers. Times in milliseconds. */
export interface Figures {
  readonly attempts: number
  /** Attempts of the rush, and how long it took. */
  readonly rush: { readonly attempts: number; readonly tookMs: number }
  /** Different orders that were answered with 201. */
  readonly orders: number
  readonly ordersOfLaterBuyers: number
  readonly unitsOfLaterBuyers: number
  /** Attempts that were answered with an order they had before. */
  readonly repeats: number
  readonly refused: Readonly<Record<string, number>>
  readonly unanswered: Readonly<Record<string, number>>
  readonly accepted: Latency
  readonly refusals: Latency
  /** From the first attempt at a sale to the answer that took its last unit; absent while units were left. */
  readonly soldOutAfterMs: Readonly<Partial<Record<SaleName, number>>>
}

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

export function takeFigures(
  attempts: readonly AttemptEntry[],
  units: Readonly<Record<SaleName, number>>,
): Figures {
  const answered = attempts.filter(({ status }) => status > 0)
  const wins = firstWins(attempts)
  const laterWins = wins.filter(({ phase }) => phase === 'later')
  const rush = attempts.filter(({ phase }) => phase === 'rush')
  return {
    attempts: attempts.length,
    rush: { attempts: rush.length, tookMs: spanMs(rush) },
    orders: wins.length,
    ordersOfLaterBuyers: laterWins.length,
    unitsOfLaterBuyers: laterWins.reduce((sum, { quantity }) => sum + quantity, 0),
    repeats: attempts.filter(({ status }) => status === 201).length - wins.length,
    refused: countBy(
      answered.filter(({ status }) => status !== 201),
      (each) => `${each.status} ${each.code}`,
    ),
    unanswered: countBy(
      attempts.filter(({ status }) => status === 0),
      ({ failure }) => failure ?? 'lost',
    ),
    accepted: latencyOf(answered.filter(({ status }) => status === 201)),
    refusals: latencyOf(answered.filter(({ status }) => status !== 201)),
    soldOutAfterMs: { ...soldOut('main', wins), ...soldOut('brief', wins) },
  }

  function soldOut(sale: SaleName, from: readonly AttemptEntry[]): Partial<Record<SaleName, number>> {
    let left = units[sale]
    const opened = Math.min(...attempts.filter((each) => each.sale === sale).map(({ sentAt }) => sentAt))
    for (const win of from.filter((each) => each.sale === sale)) {
      left -= win.quantity
      if (left <= 0) return { [sale]: answeredAt(win) - opened }
    }
    return {}
  }
}

/** The first 201 of each order, in the order of the answers. */
function firstWins(attempts: readonly AttemptEntry[]): AttemptEntry[] {
  const wins = attempts.filter(({ status }) => status === 201).sort((a, b) => answeredAt(a) - answeredAt(b))
  const seen = new Set<string>()
  return wins.filter(({ userId, saleId, key }) => {
    const wish = `${userId} ${saleId} ${key}`
    if (seen.has(wish)) return false
    seen.add(wish)
    return true
  })
}

function answeredAt({ sentAt, tookMs }: AttemptEntry): number {
  return sentAt + tookMs
}

function spanMs(attempts: readonly AttemptEntry[]): number {
  let first = Number.POSITIVE_INFINITY
  let last = 0
  for (const attempt of attempts) {
    first = Math.min(first, attempt.sentAt)
    last = Math.max(last, answeredAt(attempt))
  }
  return attempts.length === 0 ? 0 : last - first
}

function countBy<T>(items: readonly T[], nameOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1
  return counts
}

function latencyOf(attempts: readonly AttemptEntry[]): Latency {
  const sorted = attempts.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { p50Ms: at(0.5), p99Ms: at(0.99) }
}
