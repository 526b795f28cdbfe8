/** The sales there are, as those who put them up know them. */
export interface Sales {
  /** Ids of those that are up now. */
  readonly current: () => readonly string[]
  /** Ids of all that ever were, in the order in which they came. */
  readonly all: () => readonly string[]
}

/** So often nothing of a sale must have moved: a buyer may give back what was paid seconds ago. */
const CALM_LOOKS = 20
const SALES_MAX = 1_000

/**
 * Which sales are to be watched: those that are up, and those that gave way until none of their orders waits
 * and no money of theirs moves; at most the 1,000 newest.
 */
export function openWatchList({ current, all }: Sales) {
  /** How often in a row nothing of a sale moved that is no longer up. */
  const calm = new Map<string, number>()
  return {
    ids(): string[] {
      return all()
        .filter((id) => (calm.get(id) ?? 0) < CALM_LOOKS)
        .slice(-SALES_MAX)
    },
    /** All these were looked at, and `moving` is what still moves. */
    saw(ids: readonly string[], moving: ReadonlySet<string>): void {
      const up = new Set(current())
      for (const id of ids) calm.set(id, up.has(id) || moving.has(id) ? 0 : (calm.get(id) ?? 0) + 1)
    },
  }
}
