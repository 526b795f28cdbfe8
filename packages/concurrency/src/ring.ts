// Far apart in memory: cores pass on lines of 64 bytes, and two words of one line would slow each other.
const TAIL = 0
const HEAD = 16
const PUSHES = 32
const POPPERS = 33
const POPS = 48
const PUSHERS = 49
const CELLS = 64
const WORDS_PER_CELL = 2

/** Looks before a thread goes to sleep: most waits are shorter than falling asleep and waking up. */
const LOOKS = 50

/**
 * A bounded queue of int32 items for any number of pushing and popping threads, without a lock (after Dmitry
 * Vyukov). Each cell has a number that says whose turn it is: `n` for the push of item `n`, `n + 1` for its
 * pop, `n + capacity` for the next push. A thread takes a turn by moving `tail` or `head` on, and writes the
 * cell's number last, so nobody sees half an item. Items of one thread come out in the order it pushed them.
 */
export class Ring {
  /** Hand this to another thread, which attaches by `new Ring(memory)`. */
  readonly memory: SharedArrayBuffer
  readonly capacity: number
  readonly #words: Int32Array

  /** Attaches to the memory of a ring that `openRing` made. */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new Int32Array(memory)
    this.capacity = (this.#words.length - CELLS) / WORDS_PER_CELL
  }

  /** False when it is full. */
  tryPush(item: number): boolean {
    const words = this.#words
    const at = this.#takeTurn(TAIL, 0)
    if (at === undefined) return false
    words[this.#cell(at) + 1] = item
    Atomics.store(words, this.#cell(at), (at + 1) | 0)
    this.#wake(PUSHES, POPPERS)
    return true
  }

  /** Undefined when there is none. */
  tryPop(): number | undefined {
    const words = this.#words
    const at = this.#takeTurn(HEAD, 1)
    if (at === undefined) return undefined
    const item = words[this.#cell(at) + 1]
    Atomics.store(words, this.#cell(at), (at + this.capacity) | 0)
    this.#wake(POPS, PUSHERS)
    return item
  }

  /** Waits for room at most `limitMs`, blocking its thread. False when there was none. */
  push(item: number, limitMs: number): boolean {
    return this.#await(POPS, limitMs, () => this.tryPush(item) || undefined) ?? false
  }

  /** Waits for an item at most `limitMs`, blocking its thread. Undefined when none came. */
  pop(limitMs: number): number | undefined {
    return this.#await(PUSHES, limitMs, () => this.tryPop())
  }

  /**
   * Moves `tail` or `head` on by one if the cell there is `ahead` of it. Numbers wrap around at 2^32, so only
   * their differences count.
   */
  #takeTurn(end: number, ahead: number): number | undefined {
    const words = this.#words
    let at = Atomics.load(words, end)
    while (true) {
      const difference = (Atomics.load(words, this.#cell(at)) - at - ahead) | 0
      if (difference < 0) return undefined
      const met = difference === 0 ? Atomics.compareExchange(words, end, at, (at + 1) | 0) : undefined
      if (met === at) return at
      at = met ?? Atomics.load(words, end)
    }
  }

  #cell(at: number): number {
    return CELLS + (at & (this.capacity - 1)) * WORDS_PER_CELL
  }

  /**
   * Wakes all sleepers, not one: an item behind a cell that is still being written cannot be popped yet, and
   * a single sleeper woken for it would find nothing and take the wake-up of another one with it.
   */
  #wake(ticket: number, sleepers: number): void {
    if (Atomics.load(this.#words, sleepers) === 0) return
    Atomics.add(this.#words, ticket, 1)
    Atomics.notify(this.#words, ticket)
  }

  #await<T>(ticket: number, limitMs: number, attempt: () => T | undefined): T | undefined {
    const words = this.#words
    for (let look = 0; look < LOOKS; look++) {
      const result = attempt()
      if (result !== undefined) return result
    }
    const end = performance.now() + limitMs
    const sleepers = ticket + 1
    Atomics.add(words, sleepers, 1)
    try {
      while (true) {
        // Read before the attempt: whatever changes after it also changes the ticket, and the wait ends.
        const seen = Atomics.load(words, ticket)
        const result = attempt()
        if (result !== undefined) return result
        const leftMs = end - performance.now()
        if (leftMs <= 0) return undefined
        Atomics.wait(words, ticket, seen, leftMs)
      }
    } finally {
      Atomics.sub(words, sleepers, 1)
    }
  }
}

/** Makes a ring for at least `itemsMax` items, rounded up to a power of two. */
export function openRing(itemsMax: number): Ring {
  const capacity = 2 ** Math.ceil(Math.log2(Math.max(2, itemsMax)))
  const bytes = (CELLS + capacity * WORDS_PER_CELL) * Int32Array.BYTES_PER_ELEMENT
  const memory = new SharedArrayBuffer(bytes)
  const words = new Int32Array(memory)
  for (let i = 0; i < capacity; i++) words[CELLS + i * WORDS_PER_CELL] = i
  return new Ring(memory)
}
