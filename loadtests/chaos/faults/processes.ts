import type { Stand } from '@stampede/local/stand/stand'
import { AT_ONCE, type FaultKind, NOTHING_TO_MEND } from '../fault.ts'
import { allParts, partsOf } from './parts.ts'

/** Several at once, by a name of their own. */
const CROWDS = {
  services: (stand: Stand) => partsOf(stand, 'service'),
  engines: (stand: Stand) => partsOf(stand, 'engine'),
  everything: allParts,
} as const

const one = (target: string) => [target]
const crowdOr = (target: string, stand: Stand) =>
  Object.hasOwn(CROWDS, target) ? CROWDS[target as keyof typeof CROWDS](stand) : [target]

/** `kill -9`: they come back by themselves. */
export const KILL: FaultKind = {
  ...{ kind: 'kill', weight: 3, ...AT_ONCE, recovers: 'from-start' },
  targets: (stand) => [...allParts(stand), ...Object.keys(CROWDS)],
  touches: crowdOr,
  async begin(stand, { target }) {
    await Promise.all(crowdOr(target, stand).map((part) => stand.system.kill(part)))
    return NOTHING_TO_MEND
  },
}

/** SIGSTOP: alive, holding its connections and transactions, doing nothing. */
export const PAUSE: FaultKind = {
  ...{ kind: 'pause', weight: 3, leastMs: 1000, mostMs: 60_000, recovers: 'from-mend' },
  targets: allParts,
  touches: one,
  async begin({ system }, { target }) {
    system.pause(target)
    return async () => system.resume(target)
  },
}

/** Politely: it drains, ends and is started again. */
export const RESTART: FaultKind = {
  ...{ kind: 'restart', weight: 2, ...AT_ONCE, recovers: 'from-start' },
  targets: allParts,
  touches: one,
  async begin({ system }, { target }) {
    await system.stop(target)
    return () => system.restart(target)
  },
}

const HOUR_SECONDS = 3600

/** The date of one process is an hour off, forward or back. */
export const CLOCK: FaultKind = {
  ...{ kind: 'clock', weight: 2, leastMs: 4000, mostMs: 20_000, recovers: 'from-mend' },
  targets: (stand) => {
    if (typeof stand.shiftClock !== 'function') return stand.shiftClock
    return [...partsOf(stand, 'service'), 'redis-gate']
  },
  touches: one,
  async begin({ system, shiftClock }, { target, seed }) {
    if (typeof shiftClock !== 'function') throw new Error(shiftClock.missing)
    const isAhead = seed % 2 === 0
    const begun = system.restart(target, shiftClock(isAhead ? HOUR_SECONDS : -HOUR_SECONDS))
    const mend = () => system.restart(target)
    try {
      await begun
    } catch (error) {
      await mend()
      throw error
    }
    return mend
  },
}
