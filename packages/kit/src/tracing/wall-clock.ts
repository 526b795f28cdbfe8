/** How often it is compared with the system's clock, in milliseconds. */
const LOOK_EVERY_MS = 1_000
/** Less is none: the system's clock is told in whole milliseconds. */
const APART_MS = 5
/** How fast it goes while it is ahead, so that what is measured meanwhile is wrong by little. */
const SLOW_RATE = 0.9

export interface WallClockMeans {
  /** Milliseconds with fractions, of a clock that never runs back and may stand while the machine sleeps. */
  readonly tick: () => number
  /** When that was 0, in milliseconds since 1970. */
  readonly origin: number
  /** Milliseconds since 1970, of a clock that may be set. */
  readonly date: () => number
}

/**
 * A clock that tells milliseconds since 1970 with fractions and never runs back, so that nothing ends before
 * it began. When the system's clock jumps ahead, because it was set or the machine slept, it follows at once;
 * when that is set back it goes slower until they are together again.
 */
export function openWallClock({ tick, origin, date }: WallClockMeans): () => number {
  let from = { tick: 0, wall: origin, rate: 1 }
  return () => {
    const at = tick()
    const wall = from.wall + (at - from.tick) * from.rate
    if (at - from.tick < LOOK_EVERY_MS) return wall
    const system = date()
    from = {
      tick: at,
      wall: system - wall > APART_MS ? system : wall,
      rate: wall - system > APART_MS ? SLOW_RATE : 1,
    }
    return from.wall
  }
}

/** Now, by the clock that all spans of this process are told by. */
export const wallMs = openWallClock({
  tick: () => performance.now(),
  origin: performance.timeOrigin,
  date: () => Date.now(),
})
