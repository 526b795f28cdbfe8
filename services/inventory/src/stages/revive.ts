import { setTimeout as sleep } from 'node:timers/promises'
import type { Revival } from '@stampede/contracts/claims'
import { within } from '@stampede/kit/limit'
import type { Pool } from '@stampede/kit/postgres'
import pLimit from 'p-limit'
import { holdAgain, type Released, standOf } from '../adapters/revival-postgres.ts'
import { STEALS_MAX, Thief, type ThiefDeps } from './thief.ts'

export interface ReviveDeps extends ThiefDeps {
  readonly pool: Pool
}

/** One answer for each claim, in order, by the deadline; null: it cannot be said now, ask again later. */
export type Revive = (claims: readonly Revival[], deadline: number) => Promise<(boolean | null)[]>

interface Asked extends ReviveDeps {
  readonly thief: Thief
  readonly deadline: number
}

/** How often a claim is tried while its view is being replaced, or its units are on their way. */
const TRIES_MAX = 4
const PAUSE_MS = 50
/** The other connections stay with those who buy. */
const SALES_AT_ONCE = 4

/**
 * Makes the function that holds the units of expired orders again, because they were paid after all: gate
 * first, then ledger, as a claim goes. Those of a sale one after the other, since few orders are paid late
 * and a CHECK may refuse any of them; sales side by side, so that one whose view is lost, or whose row is
 * locked, delays no other. Safe to repeat and to ask at once: the claim's record in the view lets one in at a
 * time. Never rejects.
 */
export function openRevive(deps: ReviveDeps): Revive {
  const thief = new Thief(deps)
  return async (claims, deadline) => {
    const asked = { ...deps, thief, deadline }
    const held: (boolean | null)[] = claims.map(() => null)
    const reviveGroup = async (group: readonly (readonly [at: number, claim: Revival])[]) => {
      for (const [at, claim] of group) held[at] = await answerOne(asked, claim)
    }
    const few = pLimit(SALES_AT_ONCE)
    const bySale = Map.groupBy(claims.entries(), ([, claim]) => claim.saleId)
    const all = Promise.all(Array.from(bySale.values(), (group) => few(reviveGroup, group)))
    // What is still under way then may hold its units yet; asked again, it says so.
    await within(Math.max(1, deadline - performance.now()), 'reviving', all).catch(() => undefined)
    return [...held]
  }
}

async function answerOne(asked: Asked, claim: Revival): Promise<boolean | null> {
  try {
    return await reviveOne(asked, claim)
  } catch (error) {
    asked.log.warn({ err: error, claimId: claim.claimId, saleId: claim.saleId }, 'claim not revived')
    return null
  }
}

async function reviveOne(asked: Asked, claim: Revival): Promise<boolean | null> {
  for (let tries = 1; performance.now() < asked.deadline; tries++) {
    const standing = await standOf(asked.pool, claim)
    if (standing === 'held' || standing === 'refused') return standing === 'held'
    const answer = await take(asked, claim, standing)
    if (answer !== 'again') return answer
    if (tries === TRIES_MAX) {
      // Whoever had the units on their way may have died, and a reconciler looks at living sales only.
      void asked.rebuild(standing.shelfId, 'units on their way for long')
      return null
    }
    await sleep(PAUSE_MS)
  }
  return null
}

async function take(asked: Asked, claim: Revival, { shelfId, segments }: Released) {
  const { pool, gate, rebuild } = asked
  const taken = await takeInGate(asked, claim, { shelfId, segments })
  if (taken === 'again') return 'again'
  if (taken === 'sold-out') return false
  const giveBack = () => gate.free(shelfId, 'release', [claim]).catch(() => undefined)
  const ended = await holdAgain(pool, claim, taken.epoch).catch(async (error: unknown) => {
    await giveBack()
    throw error
  })
  if (ended === 'held') return true
  // The view that was taken from is gone, and the one in its place was read from the ledger.
  if (ended === 'stale') return 'again'
  await giveBack()
  if (ended === 'limit') return false
  // The ledger refused what the gate gave: what a right view says is the answer, or another segment's.
  if (ended === 'sold-out') await rebuild(shelfId, 'ledger refused what the gate gave')
  // Refused: the reservation has moved meanwhile, and how it stands now is the answer.
  return 'again'
}

/** As claims do, it says `sold-out` only when all segments were seen to be empty. */
async function takeInGate({ gate, rebuild, thief, deadline }: Asked, claim: Revival, shelf: Released) {
  const { shelfId, segments } = shelf
  for (let steals = 0; steals <= STEALS_MAX && performance.now() < deadline; steals++) {
    const taken = await gate.revive(shelfId, claim)
    if (!taken) void rebuild(shelfId, 'view missing')
    if (!taken || taken.said === 'underway') return 'again'
    if (taken.said === 'taken') return taken
    const theft = await thief.steal({ segments, to: shelfId, units: claim.quantity })
    if (theft === 'empty') return 'sold-out'
    if (theft === 'in-doubt') return 'again'
  }
  return 'again'
}
