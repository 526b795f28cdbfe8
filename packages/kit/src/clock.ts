import type { Log } from './log.ts'
import type { Pool } from './postgres.ts'
import { zeroOf } from './told-time.ts'

/** The database's clock, which all processes agree on, whatever the clock of their machine says. */
export interface Clock {
  /** Milliseconds since 1970. Asks nobody: steps of the machine's clock do not move it. */
  now(): number
  close(): void
}

const EVERY_MS = 10_000
const TRIP_MS_MAX = 250
/** So often it is asked at first, until an answer comes in time. */
const TRIES_MAX = 10
const LOOK = 'select extract(epoch from clock_timestamp())::float8 * 1000 as now'

/**
 * Asks Postgres now and every ten seconds; in between it counts on the process's monotonic clock. Rejects
 * when Postgres does not answer at first, or only slowly, ten times.
 */
export async function openClock(pool: Pool, log: Log): Promise<Clock> {
  let zero: number | undefined

  async function look(): Promise<void> {
    const askedAt = performance.now()
    const { rows } = await pool.query<{ now: number }>(LOOK)
    const heardAt = performance.now()
    const [row] = rows
    if (row) zero = zeroOf({ theirs: row.now, askedAt, heardAt }, TRIP_MS_MAX) ?? zero
  }

  for (let tries = 0; zero === undefined && tries < TRIES_MAX; tries++) await look()
  if (zero === undefined) throw new Error('the database told its time too slowly')
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.debug({ err: error }, "the database's clock was not read"))
  }, EVERY_MS).unref()
  return {
    now: () => Math.round((zero ?? 0) + performance.now()),
    close: () => clearInterval(timer),
  }
}
