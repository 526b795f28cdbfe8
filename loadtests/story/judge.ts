import { deriveOrderId } from '@stampede/contracts/ids'
import type { Told } from './journal.ts'

/** What Postgres holds of one sale. */
export interface Ledger {
  readonly units: number
  /** Claims that hold or held units, in the order in which they were entered. Milliseconds since 1970. */
  readonly reservations: readonly {
    readonly claimId: string
    readonly quantity: number
    readonly at: number
  }[]
  /** The id of each row of an order. */
  readonly orderIds: readonly string[]
}

/** How a sale ended: what Postgres holds, compared with what the buyers were told. */
export interface Counts {
  /** Units promised to buyers. */
  readonly sold: number
  /** Units promised beyond those there were. */
  readonly oversold: number
  /** See `UNDERSOLD`. */
  readonly undersold: number
  /** Keys with more than one order. */
  readonly duplicates: number
  /** Orders that were answered with 201 and are not there. */
  readonly lost: number
  /** Units that are held for claims without an order. */
  readonly stranded: number
  /** Attempts told to come back for their answer (202). */
  readonly queued: number
  /** Attempts by what they were told: `201`, the code of a refusal, or why there was no answer. */
  readonly answers: Readonly<Record<string, number>>
}

export const UNDERSOLD =
  'Undersold: units left at the end although as many buyers were sent away as sold out, busy or late.'

/** Pure: no I/O, no clock. */
export function judge(
  saleId: string,
  { units, reservations, orderIds }: Ledger,
  told: readonly Told[],
): Counts {
  const sold = reservations.reduce((sum, { quantity }) => sum + quantity, 0)
  const orders = new Set(orderIds)
  const asked = new Map(told.map((each) => [deriveOrderId(each.userId, saleId, each.key), each]))
  const sentAway = [...asked].filter(([orderId]) => !orders.has(orderId)).length
  return {
    sold,
    oversold: Math.max(0, sold - units),
    undersold: Math.min(Math.max(0, units - sold), sentAway),
    duplicates: countDuplicates(orderIds, asked, told),
    lost: new Set(told.flatMap(({ orderId }) => (orderId && !orders.has(orderId) ? [orderId] : []))).size,
    stranded: reservations.reduce((sum, r) => sum + (orders.has(r.claimId) ? 0 : r.quantity), 0),
    queued: told.filter(({ status }) => status === 202).length,
    answers: countAnswers(told),
  }
}

/** A key has two orders when two rows bear its id, when it was told two, or when a row bears no key's id. */
function countDuplicates(
  orderIds: readonly string[],
  asked: ReadonlyMap<string, Told>,
  told: readonly Told[],
): number {
  const rowsTwice = orderIds.length - new Set(orderIds).size
  const strays = new Set(orderIds.filter((orderId) => !asked.has(orderId))).size
  const toldOf = new Map<string, Set<string>>()
  for (const { userId, key, orderId } of told) {
    if (!orderId) continue
    const wish = `${userId} ${key}`
    toldOf.set(wish, (toldOf.get(wish) ?? new Set()).add(orderId))
  }
  const toldTwice = [...toldOf.values()].filter((ids) => ids.size > 1).length
  return rowsTwice + Math.max(strays, toldTwice)
}

function countAnswers(told: readonly Told[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, code } of told) {
    const name = code ?? String(status)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
