const FREE = 0
const HELD = 1
/** Held, and somebody may be asleep waiting for it: only then must the one who leaves wake anybody. */
const WANTED = 2

/** How a lock was got, or `late`: not got in time. */
export type Locked = 'free' | 'waited' | 'late'

/**
 * A lock for threads, in one word of shared memory that is 0 at first. It is not re-entrant and knows no
 * owner: a thread that dies inside leaves it locked, which others see as `late`.
 */
export class Mutex {
  readonly #words: Int32Array
  readonly #at: number

  constructor(words: Int32Array, at: number) {
    this.#words = words
    this.#at = at
  }

  /**
   * Waits at most `limitMs`. It blocks its whole thread, so a thread that serves requests should leave the
   * locked work to another one.
   */
  lock(limitMs: number): Locked {
    if (Atomics.compareExchange(this.#words, this.#at, FREE, HELD) === FREE) return 'free'
    const end = performance.now() + limitMs
    while (Atomics.exchange(this.#words, this.#at, WANTED) !== FREE) {
      const leftMs = end - performance.now()
      if (leftMs <= 0) return 'late'
      Atomics.wait(this.#words, this.#at, WANTED, leftMs)
    }
    return 'waited'
  }

  /** @throws when it was not locked: a bug that would let two in. */
  unlock(): void {
    const was = Atomics.exchange(this.#words, this.#at, FREE)
    if (was === FREE) throw new Error('unlocked a mutex that was not locked')
    if (was === WANTED) Atomics.notify(this.#words, this.#at, 1)
  }
}
