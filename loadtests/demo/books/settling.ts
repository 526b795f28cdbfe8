import { RETURN_MS, type Span } from './timeline.ts'

/**
 * So long after all has recovered, the way of a unit back to the shelf is short again: with that way, it is
 * there ten seconds after.
 */
const RECOVERY_MS = 5_000

/** When a unit may be held up on its way back: faults that follow each other closely are one. */
export function spansHeldUp(faults: readonly Span[]): Span[] {
  const spans: { from: number; to: number }[] = []
  for (const { from, to } of faults.toSorted((a, b) => a.from - b.from)) {
    const last = spans.at(-1)
    if (last && from <= last.to + RETURN_MS) last.to = Math.max(last.to, to + RECOVERY_MS)
    else spans.push({ from, to: to + RECOVERY_MS })
  }
  return spans
}

/** Of a time, the share in which no refusal is excused by a unit that was held up: from 0 to 1. */
export function shareStrict(faults: readonly Span[], { from, to }: Span): number {
  const lenient = spansHeldUp(faults).reduce(
    (sum, each) => sum + Math.max(0, Math.min(each.to + RETURN_MS, to) - Math.max(each.from, from)),
    0,
  )
  return to > from ? 1 - lenient / (to - from) : 1
}

/**
 * When a unit that the ledger freed at a moment begins its way back to the shelf: at once, or, when something
 * was broken on that way, as soon as all is well again.
 */
export function openSettling(faults: readonly Span[]): (at: number) => number {
  const spans = spansHeldUp(faults)
  return (at) => {
    const hit = spans.find(({ from, to }) => from <= at + RETURN_MS && to > at)
    return hit ? hit.to : at
  }
}
