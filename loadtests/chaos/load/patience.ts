import type { Random } from '../../generator/random.ts'

/** Who waits to ask again, and for how long. */
export interface Patience {
  /** Calls `ask` after a pause that grows with `tries`. False when too many wait: this one gives up. */
  wait(tries: number, ask: () => void): boolean
  readonly waiting: number
}

/** More of them would be a second crowd, as large as the first, on a system that is in trouble. */
const WAITING_MAX = 2_000
const PAUSE_MS = { first: 300, most: 8_000 } as const
/** Beyond it a buyer is told once and for all that nothing comes of it. */
const TRIES_MAX = 40

export function openPatience(random: Random): Patience {
  let waiting = 0
  return {
    wait(tries, ask) {
      if (waiting >= WAITING_MAX || tries >= TRIES_MAX) return false
      waiting += 1
      const pause = Math.min(PAUSE_MS.most, PAUSE_MS.first * 2 ** tries)
      setTimeout(
        () => {
          waiting -= 1
          ask()
        },
        pause * (0.5 + random() / 2),
      )
      return true
    },
    get waiting() {
      return waiting
    },
  }
}
