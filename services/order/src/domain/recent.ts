/** A memory of ids that were told lately: at least the last `idsMin`, at most twice as many. */
export interface Recent {
  add(id: string): void
  has(id: string): boolean
}

export function openRecent(idsMin: number): Recent {
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    add(id) {
      if (young.size >= idsMin) {
        old = young
        young = new Set()
      }
      young.add(id)
    },
    has: (id) => young.has(id) || old.has(id),
  }
}
