import { giveTo, takeFrom } from '@stampede/concurrency/counter'
import { meet } from '@stampede/concurrency/latch'
import { Mutex } from '@stampede/concurrency/mutex'
import { Ring } from '@stampede/concurrency/ring'
import type { Work } from '@stampede/concurrency/threads'

/** The memory all threads share. */
export interface StockMemory {
  readonly variant: 'naive' | 'guarded' | 'mutex' | 'queue'
  /** Int32 words: units left of each sale, a sale to a slot. */
  readonly stock: SharedArrayBuffer
  /** Int32 words: the mutex, where threads meet, and from `WISHES` three for each thread. */
  readonly control: SharedArrayBuffer
  /** Wishes on their way to the owner of the stock: numbers of threads. */
  readonly ring: SharedArrayBuffer
  /** Naive: so many threads meet between read and write; 0 but in tests, which make bad luck certain. */
  readonly meeting: number
  /** Milliseconds: the time since the epoch when the machine's steady clock stood at 0. */
  readonly epochMs: number
}

/** Words of a job. Input: a slot and units, fewer than none to give back. Output: what became of it. */
export const WORD = { slot: 0, units: 1, answer: 2, thread: 3, seen: 4, readAt: 5, wroteAt: 6, waited: 7 }
export const ANSWER = { taken: 1, none: 2, late: 3 } as const
export const MUTEX = 0
export const MEETING = 1
/** Where thread `n` leaves its wish for the owner: from `WISHES + 3 * n` the slot, the units, the answer. */
export const WISHES = 16

/** Far above what any of this takes: who waits longer waits for a dead thread. */
const WAIT_MS = 2_000
/** Between look and act a thread asks about the buyer, and this is how long the answer takes. */
const ASK_MS = 1

interface Outcome {
  readonly answer: number
  /** Units on the slot just before. */
  readonly seen: number
  /** On the steady clock, in milliseconds. */
  readonly readAt?: number
  readonly waited?: boolean
}

/** One way to take units from a slot. */
type Way = (slot: number, units: number) => Outcome

/** The threads' part of the stage: each job takes units from a slot, or gives some back. */
export function openWork(memory: StockMemory, thread: number): Work {
  const way = WAYS[memory.variant](memory, thread)
  const { epochMs } = memory
  return (words) => {
    const { answer, seen, readAt, waited } = way(words[WORD.slot] ?? 0, words[WORD.units] ?? 0)
    const wroteAt = steadyMs()
    const times = [epochMs + (readAt ?? wroteAt), epochMs + wroteAt]
    words.set([answer, thread, seen, ...times, waited ? 1 : 0], WORD.answer)
  }
}

const WAYS = { naive, guarded, mutex, queue }

/** Look, ask about the buyer, write. Whoever wrote in between wrote for nothing. */
function naive({ stock, control, meeting }: StockMemory): Way {
  const words = new Int32Array(stock)
  const place = new Int32Array(control)
  const nobody = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  return (slot, units) => {
    const seen = words[slot] ?? 0
    const readAt = steadyMs()
    if (units > 0 && seen < units) return { answer: ANSWER.none, seen, readAt }
    if (units > 0) Atomics.wait(nobody, 0, 0, ASK_MS)
    if (units > 0 && meeting > 0) meet(place, MEETING, meeting, WAIT_MS)
    words[slot] = seen - units
    return { answer: ANSWER.taken, seen, readAt }
  }
}

/** Look and write as one step of the processor, which fails if somebody wrote in between. */
function guarded({ stock }: StockMemory): Way {
  const words = new Int32Array(stock)
  return (slot, units) => {
    if (units <= 0) return { answer: ANSWER.taken, seen: giveTo(words, slot, -units) }
    const { taken, seen } = takeFrom(words, slot, units)
    return { answer: taken ? ANSWER.taken : ANSWER.none, seen }
  }
}

/** The naive way, one thread after the other. */
function mutex(memory: StockMemory): Way {
  const lock = new Mutex(new Int32Array(memory.control), MUTEX)
  const take = naive({ ...memory, meeting: 0 })
  return (slot, units) => {
    const locked = lock.lock(WAIT_MS)
    if (locked === 'late') return { answer: ANSWER.late, seen: 0, waited: true }
    try {
      return { ...take(slot, units), waited: locked === 'waited' }
    } finally {
      lock.unlock()
    }
  }
}

/** Tells the owner the wish, and sleeps until the answer. */
function queue({ control, ring }: StockMemory, thread: number): Way {
  const words = new Int32Array(control)
  const wishes = new Ring(ring)
  const at = WISHES + 3 * thread
  const answer = at + 2
  return (slot, units) => {
    words[at] = slot
    words[at + 1] = units
    Atomics.store(words, answer, 0)
    if (!wishes.push(thread, WAIT_MS)) return { answer: ANSWER.late, seen: 0 }
    // Again and again: what wakes us may be the end of the answer before, which we read without sleeping.
    while (Atomics.load(words, answer) === 0) {
      const woken = Atomics.wait(words, answer, 0, WAIT_MS)
      // Nobody knows what a silent owner did with the wish: to go on would be to guess.
      if (woken === 'timed-out') throw new Error('the owner of the stock is silent')
    }
    return { answer: Atomics.load(words, answer), seen: words[at + 1] ?? 0 }
  }
}

/** The machine's steady clock in milliseconds: one for all threads, unlike `performance.now`. */
export function steadyMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}
