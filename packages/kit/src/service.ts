import type { ServiceName } from '@stampede/contracts/telemetry'
import closeWithGrace from 'close-with-grace'
import { type Log, openLog } from './log.ts'
import { startTelemetry, type TelemetryConfig } from './tracing/telemetry.ts'

const DRAIN_MS = 10_000

export interface ServiceConfig extends TelemetryConfig {
  readonly LOG_LEVEL: string
}

type Open = (log: Log) => Promise<{ close(): Promise<void> }>

/**
 * Runs a service until it is told to stop (SIGTERM, SIGINT), then drains it for at most 10 s. A bug that
 * nobody caught ends it too, with exit code 1: whoever supervises it starts a clean one.
 */
export async function runService(name: ServiceName, config: ServiceConfig, open: Open): Promise<void> {
  const log = openLog(name, config.LOG_LEVEL)
  const telemetry = await startTelemetry(name, config, log)
  const service = await open(log).catch((error: unknown) => {
    log.fatal({ err: error }, 'could not start')
    process.exit(1)
  })
  const grace = closeWithGrace({ delay: DRAIN_MS, logger: false }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'stopping after an error')
    else log.info({ signal }, 'draining')
    await service.close()
    await telemetry.close()
  })
  // A local runner that vanished leaves nobody to stop us: its channel closing is the word to go.
  process.on('disconnect', () => grace.close())
  log.info('ready')
}
