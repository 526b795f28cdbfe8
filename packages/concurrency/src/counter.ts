/** What a thread saw of a number, and whether it took from it. */
export interface Taken {
  readonly taken: boolean
  /** The number just before. */
  readonly seen: number
}

/**
 * Takes `units` from the number at `words[at]` if it is no less, else leaves it. Between the look and the
 * write another thread may have written: then the exchange fails, and this one looks again. Some thread
 * always gets on, so nobody can be stopped by one that sleeps.
 */
export function takeFrom(words: Int32Array, at: number, units: number): Taken {
  let seen = Atomics.load(words, at)
  while (seen >= units) {
    const met = Atomics.compareExchange(words, at, seen, seen - units)
    if (met === seen) return { taken: true, seen }
    seen = met
  }
  return { taken: false, seen }
}

/** Gives `units` to the number at `words[at]`. Answers the number just before. */
export function giveTo(words: Int32Array, at: number, units: number): number {
  return Atomics.add(words, at, units)
}
