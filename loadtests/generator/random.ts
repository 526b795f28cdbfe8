/** Uniform numbers in [0, 1), the same for the same seed. */
export type Random = () => number

/** A 32-bit generator (mulberry32): plenty for a plan, and a run can be repeated from its seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** A whole number in [0, below). */
export function drawInteger(random: Random, below: number): number {
  return Math.floor(random() * below)
}

/** Reorders `items` in place, every order equally likely. */
export function shuffle<T>(random: Random, items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = drawInteger(random, last + 1)
    const moved = items[last] as T
    items[last] = items[other] as T
    items[other] = moved
  }
  return items
}
