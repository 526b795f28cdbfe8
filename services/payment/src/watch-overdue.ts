import type { Log } from '@stampede/kit/log'
import type { Pool } from '@stampede/kit/postgres'
import { countOverdue } from './adapters/books-postgres.ts'

const EVERY_MS = 60_000

/** Says each minute how much money is overdue, as long as any is. */
export function watchOverdue(pool: Pool, log: Log): { close(): void } {
  const timer = setInterval(() => {
    countOverdue(pool).then(
      (overdue) => {
        if (overdue.payments + overdue.refunds > 0) log.warn({ overdue }, 'payments or refunds are overdue')
      },
      (error: unknown) => log.warn({ err: error }, 'cannot count what is overdue'),
    )
  }, EVERY_MS)
  timer.unref()
  return { close: () => clearInterval(timer) }
}
