import { giveTo, takeFrom } from '../src/counter.ts'
import { meet } from '../src/latch.ts'
import { Mutex } from '../src/mutex.ts'
import { Ring } from '../src/ring.ts'
import type { Work } from '../src/threads.ts'

/** What the threads of the stress tests share. */
export interface StressData {
  readonly words: SharedArrayBuffer
  readonly ring: SharedArrayBuffer
  /** A count for each item: how often it was popped. */
  readonly popped: SharedArrayBuffer
}

export const NUMBER = 0
export const LOCK = 1
export const START = 2
export const MIDWAY = 3
export const JOBS = {
  produce: 0,
  consume: 1,
  locked: 2,
  unguarded: 3,
  taking: 4,
  broken: 5,
  slow: 6,
} as const
/** Tells a consumer that no more items come. */
export const END = -1
/** An item is its producer's number times this, and its own number. */
export const ITEMS_MAX = 2 ** 22
const WITHIN_MS = 20_000

type Job = (a: number, b: number) => number

/** The input of a job: which one, and two numbers. The output: one number in the place of the first. */
export function openWork(data: StressData): Work {
  const jobs: Record<number, Job> = { ...queueJobs(data), ...numberJobs(new Int32Array(data.words)) }
  return (words) => {
    const [kind = 0, a = 0, b = 0] = words
    words[0] = (jobs[kind] as Job)(a, b)
  }
}

function queueJobs(data: StressData): Record<number, Job> {
  const ring = new Ring(data.ring)
  const popped = new Int32Array(data.popped)
  return {
    [JOBS.produce](producer, items) {
      for (let i = 0; i < items; i++) {
        if (!ring.push(producer * ITEMS_MAX + i, WITHIN_MS)) throw new Error('no room in time')
      }
      return items
    },
    /** Answers how many items came before one that their producer had pushed earlier. */
    [JOBS.consume](items) {
      const last = new Map<number, number>()
      let outOfOrder = 0
      while (true) {
        const item = ring.pop(WITHIN_MS)
        if (item === undefined) throw new Error('no item in time')
        if (item === END) return outOfOrder
        const producer = Math.floor(item / ITEMS_MAX)
        const i = item % ITEMS_MAX
        if (i <= (last.get(producer) ?? -1)) outOfOrder++
        last.set(producer, i)
        Atomics.add(popped, producer * items + i, 1)
      }
    },
  }
}

function numberJobs(words: Int32Array): Record<number, Job> {
  const mutex = new Mutex(words, LOCK)
  const addOne = () => {
    words[NUMBER] = (words[NUMBER] ?? 0) + 1
  }
  return {
    /** Answers how often the lock was waited for. */
    [JOBS.locked](times, threads) {
      let waits = 0
      meet(words, START, threads, WITHIN_MS)
      for (let i = 0; i < times; i++) {
        if (mutex.lock(WITHIN_MS) === 'waited') waits++
        addOne()
        mutex.unlock()
      }
      return waits
    },
    [JOBS.unguarded](threads) {
      const seen = words[NUMBER] ?? 0
      if (!meet(words, MIDWAY, threads, WITHIN_MS)) throw new Error('not all came')
      words[NUMBER] = seen + 1
      return seen
    },
    /** Takes `units` until it is refused, giving each fourth taking back. Answers what it kept. */
    [JOBS.taking](units, threads) {
      meet(words, START, threads, WITHIN_MS)
      let kept = 0
      for (let i = 1; takeFrom(words, NUMBER, units).taken; i++) {
        if (i % 4 === 0) giveTo(words, NUMBER, units)
        else kept += units
      }
      return kept
    },
    [JOBS.broken]() {
      throw new Error('a bug in a thread')
    },
    [JOBS.slow](ms) {
      Atomics.wait(words, NUMBER, words[NUMBER] ?? 0, ms)
      return ms
    },
  }
}
