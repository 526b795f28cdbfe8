import { Ring } from '@stampede/concurrency/ring'
import type { Work } from '@stampede/concurrency/threads'
import { ANSWER, type StockMemory, WISHES } from './threads-worker.ts'

/** On the ring in place of a thread's number: there are no more wishes. */
export const NO_MORE = 0
const IDLE_MS = 10_000

/**
 * The one thread that touches the stock in the variant `queue`: what only one does needs no guard. It has one
 * job, which ends with the wishes.
 */
export function openWork({ stock, control, ring }: StockMemory): Work {
  const left = new Int32Array(stock)
  const words = new Int32Array(control)
  const wishes = new Ring(ring)
  return () => {
    while (true) {
      const thread = wishes.pop(IDLE_MS)
      if (thread === NO_MORE) return
      if (thread !== undefined) answer(thread)
    }
  }

  function answer(thread: number): void {
    const at = WISHES + 3 * thread
    const slot = words[at] ?? 0
    const units = words[at + 1] ?? 0
    const seen = left[slot] ?? 0
    const enough = units <= 0 || seen >= units
    if (enough) left[slot] = seen - units
    words[at + 1] = seen
    Atomics.store(words, at + 2, enough ? ANSWER.taken : ANSWER.none)
    Atomics.notify(words, at + 2)
  }
}
