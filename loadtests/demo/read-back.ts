import { openDesk, type Winner } from './desk.ts'
import type { Journal } from './journal.ts'

/** An order that was acknowledged, and who may read it. */
export interface Won {
  readonly orderId: string
  readonly winner: Winner
}

const AT_ONCE = 32
const LIMIT_MS = 60_000

/**
 * Their buyers read these orders once more, through the gateways, when all is at rest; the journal tells what
 * they saw. Answers how many were not asked for within a minute.
 */
export async function readBack(
  won: readonly Won[],
  origins: readonly string[],
  journal: Journal,
): Promise<number> {
  let asked = 0
  const deskOf = openDesk(() => origins[asked % origins.length] as string, journal)
  const deadline = performance.now() + LIMIT_MS
  const readSome = async () => {
    while (performance.now() < deadline) {
      const next = won[asked]
      if (!next) return
      asked += 1
      await deskOf(next.orderId, next.winner).ask({ entry: 'read', atRest: true })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, readSome))
  return won.length - asked
}

/** Keeps at most `most` of what comes, from the beginning to the end: of many each second one. */
export function openThinned<T>(most: number) {
  let kept: T[] = []
  let every = 1
  let come = 0
  return {
    add(item: T): void {
      if (come % every === 0) kept.push(item)
      come += 1
      if (kept.length <= most) return
      kept = kept.filter((_, index) => index % 2 === 0)
      every *= 2
    },
    kept: (): readonly T[] => kept,
  }
}
