import { within } from '../limit.ts'
import { observe } from './instruments.ts'

const EVERY_MS = 5_000
const LOOK_MS = 2_000

/** What is asked of a queue of BullMQ. */
interface Queue {
  readonly name: string
  getJobCountByTypes(...types: ('wait' | 'delayed')[]): Promise<number>
}

/** Tells how many jobs wait in each queue, some seconds old; nothing while the queues' Redis is away. */
export function tellDepths(queues: readonly Queue[]): { close(): void } {
  let depths: readonly (readonly [number, string])[] = []
  let looking = false

  async function look(): Promise<void> {
    // An answer may not come before Redis is back: nothing piles up until then.
    if (looking) return
    looking = true
    const counts = queues.map(
      async (queue) => [await queue.getJobCountByTypes('wait', 'delayed'), queue.name] as const,
    )
    const counted = Promise.all(counts).finally(() => {
      looking = false
    })
    depths = await within(LOOK_MS, 'counting jobs', counted).catch(() => [])
  }

  const unobserve = observe('stampede.job.waiting', () => depths)
  const timer = setInterval(() => void look(), EVERY_MS)
  timer.unref()
  void look()
  return {
    close() {
      clearInterval(timer)
      unobserve()
    },
  }
}
