/** Lets so many through in a second, and as many at once after a second of rest. Times in milliseconds. */
export function openBucket(perSecond: number): { take(nowMs: number): boolean } {
  let left = perSecond
  let at = 0
  return {
    take(nowMs) {
      left = Math.min(perSecond, left + ((nowMs - at) / 1_000) * perSecond)
      at = nowMs
      if (left < 1) return false
      left--
      return true
    },
  }
}
