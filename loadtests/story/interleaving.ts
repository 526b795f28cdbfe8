import type { Sight } from './witness.ts'

/** One unit that was sold more than once: all that these claims saw and did, in the order of time. */
export interface Interleaving {
  /** Units on the shelf that all of them read. */
  readonly stock: number
  /** One for each claim, in the order of their reads. */
  readonly lanes: readonly Lane[]
}

export interface Lane {
  readonly claimId: string
  /** The process, thread or request that acted. */
  readonly who: string
  readonly sights: readonly Sight[]
}

/** More lanes than this say nothing new. */
const LANES_MAX = 4

/**
 * Finds claims that read the same stock before any of them had written, and then all took units of it. Of all
 * such groups the one with the least stock, and of these the largest: nearest to what sold the last unit
 * twice. Undefined when every claim read what the one before it had left.
 */
export function findInterleaving(sights: readonly Sight[]): Interleaving | undefined {
  const byClaim = Map.groupBy(sights, ({ claimId }) => claimId)
  const takers = [...byClaim.values()].map(toTaker).filter((taker) => taker !== undefined)
  const groups = [...Map.groupBy(takers, ({ stock }) => stock)].map(([stock, among]) => ({
    stock,
    among: overlapping(among),
  }))
  const shared = groups.filter(({ among }) => among.length > 1)
  shared.sort((a, b) => a.stock - b.stock || b.among.length - a.among.length)
  const [found] = shared
  if (!found) return undefined
  return { stock: found.stock, lanes: found.among.slice(0, LANES_MAX).map(({ lane }) => lane) }
}

interface Taker {
  readonly stock: number
  readonly readAt: number
  readonly wroteAt: number
  readonly lane: Lane
}

/** A claim that read a stock and wrote after it. */
function toTaker(unsorted: readonly Sight[]): Taker | undefined {
  const sights = [...unsorted].sort((a, b) => a.at - b.at)
  const write = sights.find(({ what }) => what === 'write')
  const read = sights.findLast(({ what, at }) => what === 'read' && write !== undefined && at <= write.at)
  if (!write || read?.stock === undefined || read.stock < 1) return undefined
  const lane = { claimId: write.claimId, who: write.who, sights }
  return { stock: read.stock, readAt: read.at, wroteAt: write.at, lane }
}

/** Those whose read came before the first write among them: nobody could have known of the others. */
function overlapping(takers: readonly Taker[]): Taker[] {
  const firstWrite = Math.min(...takers.map(({ wroteAt }) => wroteAt))
  return takers.filter(({ readAt }) => readAt <= firstWrite).sort((a, b) => a.readAt - b.readAt)
}
