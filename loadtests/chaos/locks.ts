import { setTimeout as sleep } from 'node:timers/promises'

/** Names that only one may hold at a time. */
export interface Locks {
  /** Waits until all are free, then holds them; false when that takes longer than `limitMs`. */
  take(names: readonly string[], limitMs: number): Promise<boolean>
  release(names: readonly string[]): void
  isHeld(name: string): boolean
}

const POLL_MS = 50

export function openLocks(): Locks {
  const held = new Set<string>()
  return {
    async take(names, limitMs) {
      const deadline = performance.now() + limitMs
      while (names.some((name) => held.has(name))) {
        if (performance.now() > deadline) return false
        await sleep(POLL_MS)
      }
      for (const name of names) held.add(name)
      return true
    },
    release(names) {
      for (const name of names) held.delete(name)
    },
    isHeld: (name) => held.has(name),
  }
}
