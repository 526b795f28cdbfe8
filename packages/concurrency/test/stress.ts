import { openRing, type Ring } from '../src/ring.ts'
import { Threads } from '../src/threads.ts'
import type { StressData } from './stress-worker.ts'

interface Stress {
  readonly threads: number
  /** Items that fit on the ring. */
  readonly room?: number
  /** Items pushed by all together. */
  readonly items?: number
  readonly jobsMax?: number
}

/** Threads that run the jobs of stress-worker.ts, and what they share. */
export function openStress({ threads, room = 2, items = 0, jobsMax = 64 }: Stress) {
  const ring: Ring = openRing(room)
  const words = new Int32Array(new SharedArrayBuffer(64))
  const popped = new Int32Array(new SharedArrayBuffer(items * Int32Array.BYTES_PER_ELEMENT))
  const data: StressData = { words: words.buffer, ring: ring.memory, popped: popped.buffer }
  const module = new URL('./stress-worker.ts', import.meta.url)
  const pool = new Threads({ module, threads, jobsMax, data })
  return {
    ...{ ring, words, popped, pool },
    /** Runs a job and answers its number. */
    async ask(kind: number, a = 0, b = 0): Promise<number> {
      const answer = await pool.run([kind, a, b])
      if (answer === 'busy') throw new Error('busy')
      return answer[0] ?? Number.NaN
    },
  }
}
