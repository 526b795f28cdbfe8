import type { Log } from '../log.ts'
import type { Pool } from '../postgres.ts'

const HOUR_MS = 3_600_000
const ROUNDS_MAX = 1_000

export interface PruneOptions {
  readonly pool: Pool
  readonly log: Log
  /** Deletes a bounded number of old rows. */
  readonly sql: string
}

/** Deletes old rows once an hour. Any number of processes may do it at once. */
export function openPruner(options: PruneOptions): { close(): void } {
  const timer = setInterval(() => {
    prune(options).catch((error: unknown) =>
      options.log.warn({ err: error }, 'old rows not deleted; next try in an hour'),
    )
  }, HOUR_MS)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

/** Runs the statement until it finds nothing more; returns the number of rows deleted. */
export async function prune({ pool, sql }: Pick<PruneOptions, 'pool' | 'sql'>): Promise<number> {
  let deleted = 0
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { rowCount } = await pool.query(sql)
    if (!rowCount) break
    deleted += rowCount
  }
  return deleted
}
