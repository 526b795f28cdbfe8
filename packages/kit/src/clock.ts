import type { Log } from './log.ts'
import type { Pool } from './postgres.ts'

/** The database's clock, which all processes agree on, whatever the clock of their machine says. */
export interface Clock {
  /** Milliseconds since 1970. Asks nobody: steps of the machine's clock do not move it. */
  now(): number
  close(): void
}

const EVERY_MS = 10_000
/** An answer on its way for longer says little about when it was given. */
const TRIP_MS_MAX = 250
const LOOK = 'select extract(epoch from clock_timestamp())::float8 * 1000 as now'

/** Asks Postgres now and every ten seconds; in between it counts on the process's monotonic clock. */
export async function openClock(pool: Pool, log: Log): Promise<Clock> {
  let zero: number | undefined

  async function look(): Promise<void> {
    const askedAt = performance.now()
    const { rows } = await pool.query<{ now: number }>(LOOK)
    const heardAt = performance.now()
    const [row] = rows
    if (row && (zero === undefined || heardAt - askedAt <= TRIP_MS_MAX))
      zero = row.now - (askedAt + heardAt) / 2
  }

  await look()
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.debug({ err: error }, "the database's clock was not read"))
  }, EVERY_MS).unref()
  return {
    now: () => Math.round((zero ?? 0) + performance.now()),
    close: () => clearInterval(timer),
  }
}
