import type { Log } from '@stampede/kit/log'
import type { Pool } from '@stampede/kit/postgres'
import type { Gate } from '../adapters/gate-redis.ts'
import { raiseEpoch, readView } from '../adapters/view-postgres.ts'

/** One rebuild of a sale at a time, over all instances: a Postgres advisory lock in this class. */
const LOCK_CLASS = 271_828

export type Rebuild = (saleId: string, why: string) => Promise<void>

/**
 * Makes the gate's view of a sale anew from the ledger: shut, epoch + 1, load, open. Any doubt about the view ends here,
 * and Redis is repaired from Postgres, never the reverse. Safe to call at any time, from anywhere, twice; never rejects.
 */
export function openRebuild(pool: Pool, gate: Gate, log: Log): Rebuild {
  const running = new Map<string, Promise<void>>()

  async function rebuildAlone(saleId: string, why: string): Promise<void> {
    const holder = await pool.connect()
    try {
      const lock = 'SELECT pg_try_advisory_lock($1, hashtext($2)) AS mine'
      const { rows } = await holder.query<{ mine: boolean }>(lock, [LOCK_CLASS, saleId])
      if (!rows[0]?.mine) return
      try {
        const startedAt = performance.now()
        await gate.shut(saleId)
        if ((await raiseEpoch(pool, saleId)) === undefined) return
        const opened = await readView(pool, saleId, (view) => gate.load(view).then((won) => won && view))
        if (opened) {
          const ms = Math.round(performance.now() - startedAt)
          log.info({ saleId, why, epoch: opened.epoch, left: opened.left, ms }, 'gate opened')
        }
      } finally {
        await holder.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LOCK_CLASS, saleId])
      }
    } finally {
      holder.release()
    }
  }

  return (saleId, why) => {
    const already = running.get(saleId)
    if (already) return already
    const run = rebuildAlone(saleId, why)
      .catch((error: unknown) =>
        log.warn({ err: error, saleId, why }, 'rebuild failed; the reconciler tries again'),
      )
      .finally(() => running.delete(saleId))
    running.set(saleId, run)
    return run
  }
}
