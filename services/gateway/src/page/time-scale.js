/** What each pause is drawn as, in percent of the width, and all of them together at most. */
const PAUSE_WIDTH = 4
const PAUSES_WIDTH_MAX = 30

/**
 * Places moments on a line of 100 percent: in proportion, but long pauses drawn short, all in one width.
 *
 * @param {{ firstMs: number, lastMs: number }} range all that is to be placed, in epoch milliseconds
 * @param {readonly { startMs: number, endMs: number }[]} pauses within the range, in order, none over another
 * @returns {(ms: number) => number} the place of a moment, 0 to 100
 */
export function openTimeScale({ firstMs, lastMs }, pauses) {
  const pauseWidth = Math.min(PAUSE_WIDTH, PAUSES_WIDTH_MAX / pauses.length)
  const pausedMs = pauses.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0)
  const busyMs = lastMs - firstMs - pausedMs
  const perMs = busyMs > 0 ? (100 - pauses.length * pauseWidth) / busyMs : 0
  return (ms) => {
    let x = 0
    let atMs = firstMs
    for (const { startMs, endMs } of pauses) {
      if (ms <= startMs) break
      x += (startMs - atMs) * perMs + pauseWidth * Math.min(1, (ms - startMs) / (endMs - startMs))
      atMs = Math.min(ms, endMs)
    }
    return Math.min(100, Math.max(0, x + (ms - atMs) * perMs))
  }
}
