import type { Stand } from '@stampede/local/stand/stand'
import { type FaultKind, NothingBroken } from '../fault.ts'
import { partsOf } from './parts.ts'
import { useRedis } from './snapshot.ts'

const HOUR_MS = 3_600_000
/** So far from what was asked for an answer may be: it took a while, and a date has no parts of seconds. */
const APART_MS = 30_000
const ASK_MS = 5000
const REDIS = 'redis-gate'

/** The date of one process is an hour off, forward or back. */
export const CLOCK: FaultKind = {
  ...{ kind: 'clock', weight: 2, leastMs: 4000, mostMs: 20_000, recovers: 'from-mend' },
  targets: (stand) => [...partsOf(stand, 'service'), REDIS],
  missing: ({ shiftClock }) => (typeof shiftClock === 'function' ? undefined : shiftClock.missing),
  touches: (target) => [target],
  async begin(stand, { target, seed }) {
    const { system, shiftClock } = stand
    if (typeof shiftClock !== 'function') throw new NothingBroken(shiftClock.missing)
    const shiftMs = seed % 2 === 0 ? HOUR_MS : -HOUR_MS
    const mend = () => system.restart(target)
    try {
      await system.restart(target, shiftClock(shiftMs / 1000))
      await refuseUnshifted(stand, target, shiftMs)
    } catch (error) {
      await mend()
      throw error
    }
    return mend
  },
}

/** A library that was loaded in vain would be a fault that nobody ever had. */
async function refuseUnshifted(stand: Stand, target: string, shiftMs: number): Promise<void> {
  const offMs = (await readClock(stand, target)) - Date.now()
  if (Math.abs(offMs - shiftMs) <= APART_MS) return
  throw new Error(`the clock of ${target} is ${offMs / 1000} s off, not ${shiftMs / 1000} s`)
}

/** What the part itself takes for the time, in ms since 1970. */
async function readClock({ system }: Stand, target: string): Promise<number> {
  if (target === REDIS) {
    const [seconds] = await useRedis(system.engines.REDIS_GATE_URL, (redis) => redis.time())
    return Number(seconds) * 1000
  }
  const answer = await fetch(`${system.url(target)}/health/live`, { signal: AbortSignal.timeout(ASK_MS) })
  await answer.body?.cancel()
  return Date.parse(answer.headers.get('date') ?? '')
}
