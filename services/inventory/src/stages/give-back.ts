import { setTimeout as sleep } from 'node:timers/promises'
import type { Gate } from '../adapters/gate-redis.ts'
import type { Freed } from '../adapters/ledger-postgres.ts'

/** Longer than a view is loaded, as a rule. */
const PAUSES_MS = [100, 400, 1_500]
const WAITING_MAX = 1_000

/**
 * Makes the function that tells the gate of units the ledger has freed. While there is no view, one may be on
 * its way that was read before they were freed, and lacks them: they are given back once more when it is
 * there. What is lost nevertheless, the reconciler sees as drift. Never rejects; does not wait for a view.
 */
export function openGiveBack(gate: Gate) {
  let waiting = 0

  async function isThere(saleId: string, claims: readonly Freed[]): Promise<boolean> {
    const units = await gate.free(saleId, 'release', claims).catch(() => undefined)
    // Redis away is no reason to wait: it comes back without views, or with ones that drift.
    return units !== null
  }

  async function untilThere(saleId: string, claims: readonly Freed[]): Promise<void> {
    waiting += 1
    for (const pauseMs of PAUSES_MS) {
      await sleep(pauseMs, undefined, { ref: false })
      if (await isThere(saleId, claims)) break
    }
    waiting -= 1
  }

  return async (saleId: string, claims: readonly Freed[]): Promise<void> => {
    if (!(await isThere(saleId, claims)) && waiting < WAITING_MAX) void untilThere(saleId, claims)
  }
}
