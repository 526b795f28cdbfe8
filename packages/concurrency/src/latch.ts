/**
 * Comes to a meeting of `size` threads at `words[at]`, a word that is 0 at first, and waits until all have
 * come, but at most `limitMs`. Who comes after the last goes on at once. Answers whether all have come.
 */
// biome-ignore lint/complexity/useMaxParams: where, how many, how long
export function meet(words: Int32Array, at: number, size: number, limitMs: number): boolean {
  const end = performance.now() + limitMs
  let come = Atomics.add(words, at, 1) + 1
  if (come === size) Atomics.notify(words, at)
  while (come < size) {
    const leftMs = end - performance.now()
    if (leftMs <= 0) return false
    Atomics.wait(words, at, come, leftMs)
    come = Atomics.load(words, at)
  }
  return true
}
