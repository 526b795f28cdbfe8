import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 50

/** Looks until there is something to see and returns it; fails with `what` after `limitMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  limitMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs / 1_000} s`)
    await sleep(POLL_MS)
  }
}
