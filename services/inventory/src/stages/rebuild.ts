import type { Log } from '@stampede/kit/log'
import type { Connection, Pool } from '@stampede/kit/postgres'
import pLimit from 'p-limit'
import type { Gate } from '../adapters/gate-redis.ts'
import { raiseEpoch, readView } from '../adapters/view-postgres.ts'

/** One rebuild of a sale at a time, over all instances: a Postgres advisory lock in this class. */
const LOCK_CLASS = 271_828
/** The others of the pool's connections stay with the ledger. */
const AT_ONCE = 3

/** False when ledger or gate did not answer. Never rejects. */
export type Rebuild = (saleId: string, why: string) => Promise<boolean>

/**
 * Makes the gate's view of a sale anew from the ledger: shut, epoch + 1, load, open. Any doubt about the view
 * ends here, and Redis is repaired from Postgres, never the reverse. Safe to call at any time, from anywhere,
 * twice.
 */
export function openRebuild(pool: Pool, gate: Gate, log: Log): Rebuild {
  const running = new Map<string, Promise<boolean>>()
  const fewAtOnce = pLimit(AT_ONCE)

  async function rebuildOn(client: Connection, saleId: string, why: string): Promise<void> {
    const lock = 'SELECT pg_try_advisory_lock($1, hashtext($2)) AS mine'
    const { rows } = await client.query<{ mine: boolean }>(lock, [LOCK_CLASS, saleId])
    if (!rows[0]?.mine) return
    const startedAt = performance.now()
    try {
      await gate.shut(saleId)
      if ((await raiseEpoch(client, saleId)) === undefined) return
      const opened = await readView(client, saleId, (view) => gate.load(view).then((won) => won && view))
      if (!opened) return
      const ms = Math.round(performance.now() - startedAt)
      log.info({ saleId, why, epoch: opened.epoch, left: opened.left, ms }, 'gate opened')
    } finally {
      await client.query('SELECT pg_advisory_unlock($1, hashtext($2))', [LOCK_CLASS, saleId])
    }
  }

  /** All on one connection: a rebuild that held one and waited for another could starve all that sell. */
  async function rebuildAlone(saleId: string, why: string): Promise<boolean> {
    const client = await pool.connect()
    let sound = false
    try {
      await rebuildOn(client, saleId, why)
      sound = true
    } catch (error) {
      log.warn({ err: error, saleId, why }, 'rebuild failed; the reconciler tries again')
    } finally {
      // Thrown away when in doubt, and the advisory lock with it.
      client.release(!sound)
    }
    return sound
  }

  return (saleId, why) => {
    const already = running.get(saleId)
    if (already) return already
    const run = fewAtOnce(() => rebuildAlone(saleId, why))
      .catch((error: unknown) => {
        log.warn({ err: error, saleId, why }, 'no connection for a rebuild')
        return false
      })
      .finally(() => running.delete(saleId))
    running.set(saleId, run)
    return run
  }
}
