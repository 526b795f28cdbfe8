export interface SeatLimits {
  readonly all: number
  /** For one holder: a user, or an address. */
  readonly each: number
}

/** Counts who holds how many of the places there are. */
export class Seats {
  readonly #limits: SeatLimits
  readonly #held = new Map<string, number>()
  #taken = 0

  constructor(limits: SeatLimits) {
    this.#limits = limits
  }

  /** `beyond`: this holder has as many as one may have. What is `taken` must be given back. */
  take(holder: string): 'taken' | 'full' | 'beyond' {
    const held = this.#held.get(holder) ?? 0
    if (held >= this.#limits.each) return 'beyond'
    if (this.#taken >= this.#limits.all) return 'full'
    this.#held.set(holder, held + 1)
    this.#taken++
    return 'taken'
  }

  giveBack(holder: string): void {
    const held = this.#held.get(holder) ?? 0
    if (held > 1) this.#held.set(holder, held - 1)
    else this.#held.delete(holder)
    this.#taken--
  }
}
