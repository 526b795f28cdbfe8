import type { StockHistory, StockOperation } from './history.ts'

/**
 * What in a history no counter that starts with `units` can have done, in words; empty if it is legal. Two
 * conditions that every linearizable history keeps: at no moment are more units surely held than there are,
 * and a refusal needs a moment at which so many may have been held that too few were left.
 */
export function findIllegalStock({ units, operations }: StockHistory): string[] {
  return [...findOversold(units, operations), ...findUnfounded(units, operations)]
}

interface Move {
  readonly at: number
  readonly by: number
}

function findOversold(units: number, operations: readonly StockOperation[]): string[] {
  const freed = new Map(operations.flatMap((each) => (each.kind === 'free' ? [[each.id, each.call]] : [])))
  const moves = operations.flatMap(({ kind, id, quantity, isDoubtful, return: told }): Move[] => {
    if (kind !== 'take' || isDoubtful || told === undefined) return []
    const until = freed.get(id) ?? Number.POSITIVE_INFINITY
    // Given back before its owner heard of it, it was at no moment surely held.
    if (until <= told) return []
    return [
      { at: told, by: quantity },
      { at: until, by: -quantity },
    ]
  })
  const inFavour = moves.toSorted((a, b) => a.at - b.at || a.by - b.by)
  const most = levelsOf(inFavour).reduce((high, each) => (each.level > high.level ? each : high), START)
  return most.level > units ? [`${most.level} of ${units} units held at ${writeTime(most.at)}`] : []
}

function findUnfounded(units: number, operations: readonly StockOperation[]): string[] {
  const moves = operations.flatMap(({ kind, quantity, call, return: end }): Move[] => {
    if (kind === 'take') return [{ at: call, by: quantity }]
    return kind === 'free' && end !== undefined ? [{ at: end, by: -quantity }] : []
  })
  const levels = levelsOf(moves.toSorted((a, b) => a.at - b.at || b.by - a.by))
  return operations.flatMap(({ kind, quantity, call, return: end = call }) => {
    if (kind !== 'refuse') return []
    const most = mostIn(levels, call, end)
    const left = units - most
    return left < quantity ? [] : [`refused ${quantity} at ${writeTime(call)}, ${left} left at least`]
  })
}

interface Level {
  readonly at: number
  readonly level: number
}

const START: Level = { at: Number.NEGATIVE_INFINITY, level: 0 }

/** How much was held from each moment on. Moves that happen in one moment come in the order given. */
function levelsOf(moves: readonly Move[]): Level[] {
  let level = 0
  const later = moves.map(({ at, by }) => {
    level += by
    return { at, level }
  })
  return [START, ...later]
}

function mostIn(levels: readonly Level[], from: number, to: number): number {
  let low = 0
  let high = levels.length
  // The first level that began after `from`.
  while (low < high) {
    const middle = (low + high) >> 1
    if ((levels[middle]?.at ?? 0) <= from) low = middle + 1
    else high = middle
  }
  let most = levels[low - 1]?.level ?? 0
  for (let i = low; i < levels.length && (levels[i]?.at ?? 0) <= to; i++)
    most = Math.max(most, levels[i]?.level ?? 0)
  return most
}

function writeTime(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : 'all times'
}
