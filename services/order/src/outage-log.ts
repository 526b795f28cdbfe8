import type { Log } from '@stampede/kit/log'

export interface OutageLog {
  failed(error: unknown): void
  worked(): void
}

/**
 * Says once that something stopped working and once that
 * it works again, however often it is tried in between.
 */
export function openOutageLog(log: Log, away: string, back: string): OutageLog {
  let failing = false
  return {
    failed(error) {
      if (!failing) log.warn({ err: error }, away)
      failing = true
    },
    worked() {
      if (failing) log.info(back)
      failing = false
    },
  }
}
