import { RETURN_MS, type Span } from './timeline.ts'

/** So long after what was broken has been mended, the way of a unit back to the shelf is short again. */
const RECOVERY_MS = 10_000

/**
 * When a unit that the ledger freed at a moment begins its way back to the shelf: at once, or, when something
 * was broken on that way, as soon as all is well again. Faults that follow each other closely are one.
 */
export function openSettling(faults: readonly Span[]): (at: number) => number {
  const spans: { from: number; to: number }[] = []
  for (const { from, to } of faults.toSorted((a, b) => a.from - b.from)) {
    const last = spans.at(-1)
    if (last && from <= last.to + RETURN_MS) last.to = Math.max(last.to, to + RECOVERY_MS)
    else spans.push({ from, to: to + RECOVERY_MS })
  }
  return (at) => {
    const hit = spans.find(({ from, to }) => from <= at + RETURN_MS && to > at)
    return hit ? hit.to : at
  }
}
