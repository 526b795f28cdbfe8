import type { Log } from '@stampede/kit/log'

/** Ends the process when its events no longer move: whoever supervises it starts a clean one. */
export function endStuck(log: Log) {
  return (reason: string): void => {
    log.fatal({ reason }, 'events no longer move')
    process.exit(1)
  }
}
