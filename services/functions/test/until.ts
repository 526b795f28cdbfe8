import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `look` finds something; fails after `limitMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | null | false>,
  limitMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== null && found !== false) return found
    if (performance.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`)
    await sleep(50)
  }
}
