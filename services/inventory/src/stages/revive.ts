import { setTimeout as sleep } from 'node:timers/promises'
import type { Revival } from '@stampede/contracts/claims'
import type { Pool } from '@stampede/kit/postgres'
import type { Gate } from '../adapters/gate-redis.ts'
import { holdAgain, standOf } from '../adapters/revival-postgres.ts'
import type { Rebuild } from './rebuild.ts'

export interface ReviveDeps {
  readonly pool: Pool
  readonly gate: Gate
  readonly rebuild: Rebuild
}

/** One answer for each claim; `gate-closed`: not all could be decided, ask again later. */
export type Revive = (claims: readonly Revival[]) => Promise<boolean[] | 'gate-closed'>

/** How often a claim is tried while its view is being replaced, or its units are on their way. */
const TRIES_MAX = 4
const PAUSE_MS = 50

/**
 * Makes the function that holds the units of expired orders again, because they were paid after all: gate
 * first, then ledger, as a claim goes. One after the other, since few orders are paid late and a CHECK may
 * refuse any of them. Safe to repeat and to ask at once: the claim's record in the view lets one in at a
 * time. Rejects when the gate or the ledger are away.
 */
export function openRevive(deps: ReviveDeps): Revive {
  return async (claims) => {
    const held: boolean[] = []
    for (const claim of claims) {
      const answer = await reviveOne(deps, claim)
      if (answer === undefined) return 'gate-closed'
      held.push(answer)
    }
    return held
  }
}

async function reviveOne(deps: ReviveDeps, claim: Revival): Promise<boolean | undefined> {
  for (let tries = 1; ; tries++) {
    const standing = await standOf(deps.pool, claim)
    if (standing === 'held' || standing === 'refused') return standing === 'held'
    const answer = await take(deps, claim, standing.released)
    if (answer !== undefined) return answer
    if (tries === TRIES_MAX) {
      // Whoever had the units on their way may have died, and a reconciler looks at living sales only.
      void deps.rebuild(standing.released, 'units on their way for long')
      return undefined
    }
    await sleep(PAUSE_MS)
  }
}

/** Undefined: it is to be tried again. */
async function take(
  { pool, gate, rebuild }: ReviveDeps,
  claim: Revival,
  shelfId: string,
): Promise<boolean | undefined> {
  const taken = await gate.revive(shelfId, claim)
  if (!taken) void rebuild(shelfId, 'view missing')
  if (!taken || taken.said === 'underway') return undefined
  if (taken.said === 'sold-out') return false
  const giveBack = () => gate.free(shelfId, 'release', [claim]).catch(() => undefined)
  const ended = await holdAgain(pool, claim, taken.epoch).catch(async (error: unknown) => {
    await giveBack()
    throw error
  })
  if (ended === 'held') return true
  // The view that was taken from is gone, and the one in its place was read from the ledger.
  if (ended === 'stale') return undefined
  await giveBack()
  if (ended === 'sold-out') void rebuild(shelfId, 'ledger refused what the gate gave')
  // The reservation has moved meanwhile: how it stands now is the answer.
  return ended === 'refused' ? undefined : false
}
