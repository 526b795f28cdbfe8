import { NotRunning } from '@stampede/local/part'
import type { Stand } from '@stampede/local/stand/stand'
import { AT_ONCE, type FaultKind, NOTHING_TO_MEND, NothingBroken } from '../fault.ts'
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
    const crowd = crowdOr(target, stand)
    // All are hit before anything is said of those who were not there.
    const results = await Promise.allSettled(crowd.map((part) => stand.system.kill(part)))
    const missed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []))
    const why = missed.map(({ message }) => message).join(', ')
    if (missed.length === crowd.length && missed.every((each) => each instanceof NotRunning))
      throw new NothingBroken(why)
    if (missed.length > 0) throw new Error(why)
    return NOTHING_TO_MEND
  },
}

/** SIGSTOP: alive, holding its connections and transactions, doing nothing. */
export const PAUSE: FaultKind = {
  ...{ kind: 'pause', weight: 3, leastMs: 1000, mostMs: 60_000, recovers: 'from-mend' },
  targets: allParts,
  touches: one,
  async begin({ system }, { target }) {
    try {
      system.pause(target)
    } catch (error) {
      throw error instanceof NotRunning ? new NothingBroken(error.message) : error
    }
    return async () => system.resume(target)
  },
}

/** Politely: it drains, ends and is started again. Its recovery counts from when it has ended. */
export const RESTART: FaultKind = {
  ...{ kind: 'restart', weight: 2, ...AT_ONCE, recovers: 'from-start' },
  targets: allParts,
  touches: one,
  async begin({ system }, { target }) {
    const part = system.parts[target]
    if (part?.pid === undefined) throw new NothingBroken(`${target} is not running: it is ${part?.state}`)
    await system.stop(target)
    return () => system.restart(target)
  },
}
