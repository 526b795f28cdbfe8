import type { Span } from '../../demo/books/timeline.ts'
import type { Fault } from '../fault.ts'
import type { Played } from '../player.ts'

/** What was broken, from its beginning until all had recovered. Times in ms since 1970. */
export interface Broken extends Span {
  readonly kind: string
  /** Parts, or ways between them, as `inventory-2` and `inventory>postgres`. */
  readonly touched: readonly string[]
  readonly mendedAt: number
  /** Played to its end, with all that belongs to it. */
  readonly isWhole: boolean
}

/** `touches` says of a fault what it broke. */
export function listBroken(
  played: readonly Played[],
  touches: (fault: Fault) => readonly string[],
): Broken[] {
  return played.flatMap(({ fault, beganAt, mendedAt = beganAt, recoveredAt = mendedAt, half, why }) => {
    if (beganAt === undefined || mendedAt === undefined || recoveredAt === undefined) return []
    const times = { from: beganAt, to: recoveredAt, mendedAt }
    return [{ ...times, kind: fault.kind, touched: touches(fault), isWhole: (half ?? why) === undefined }]
  })
}

/** Who frees a unit in the ledger and then tells the gate, what they need for it, and the ways to that. */
const NEAR_THE_SHELF = /^(inventory(-\d+)?|inventory>(postgres|redis-gate)|postgres|redis-gate)$/

/** When something was broken that a unit needs on its way from the ledger back to the shelf. */
export function brokenNearTheShelf(all: readonly Broken[]): Broken[] {
  return all.filter(({ touched }) => touched.some((name) => NEAR_THE_SHELF.test(name)))
}

/** Who tells and who hears that an order ended, what they need for it, and the ways to that. */
const ON_THE_NEWS = /^((order|inventory)(-\d+)?|(order|inventory)>postgres|services>kafka|postgres|kafka)$/

/** When something was broken on the way of an order's end from its own books to the ledger. */
export function brokenOnTheNews(all: readonly Broken[]): Broken[] {
  return all.filter(({ touched }) => touched.some((name) => ON_THE_NEWS.test(name)))
}

const LOSE_MESSAGES = ['topics-deleted', 'kafka-wiped']
/** A consumer that serves again has caught up by then. */
const HEARD_MS = 30_000

/** When poison was put into all topics, and no topic was lost before everybody had heard it. */
export function poisonToBeHeard(all: readonly Broken[]): Broken[] {
  const losses = all.filter(({ kind }) => LOSE_MESSAGES.includes(kind))
  return all.filter(({ kind, isWhole, from, to }) => {
    const isLost = losses.some((loss) => loss.to >= from && loss.from <= to + HEARD_MS)
    return kind === 'poison' && isWhole && !isLost
  })
}
