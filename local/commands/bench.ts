import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { BENCH_USAGE, readBenchOptions } from '../../loadtests/bench/options.ts'
import { writeProfile } from '../../loadtests/bench/profile.ts'
import { runBench } from '../../loadtests/bench/run-bench.ts'
import type { Keeping } from '../../loadtests/bench/tracing-cost.ts'
import { UsageError } from '../../loadtests/usage.ts'
import { openCollector } from '../engines/collector.ts'
import { findJaeger } from '../engines/jaeger.ts'
import { printEvent } from '../print.ts'
import { pickProfile } from '../profile.ts'
import { partName, SERVICES } from '../services.ts'
import { openSystem } from '../system.ts'

// Buyers of a benchmark are few and tireless: the quota of each is lifted, though it is still counted.
const QUOTA_ATTEMPTS = '1000000'
const PROFILED = ['gateway', 'order', 'inventory'] as const

const KEEPING_ALL = { TRACES_PER_SECOND_MAX: '1000000', TRACE_RATIO: '1' }

/** A gateway for each; the others tell of what those keep. */
function openTraced(keepings: readonly Keeping[], telemetryUrl: string) {
  const envOf = keepings.map((keeping, i) => {
    const off = { OTEL_EXPORTER_OTLP_ENDPOINT: undefined }
    const env = keeping === 'off' ? off : { ...KEEPING_ALL, TRACE_RATIO: String(keeping) }
    return [partName('gateway', i), env]
  })
  return openSystem({
    ...{ profile: 'bench', telemetryUrl, processes: { gateway: keepings.length } },
    env: { gateway: { QUOTA_ATTEMPTS } },
    envOf: Object.fromEntries(envOf),
  })
}

/** A system in which each request leaves a line. */
function openTalkative() {
  const env = Object.fromEntries(SERVICES.map((name) => [name, { LOG_ACCESS: 'all', QUOTA_ATTEMPTS }]))
  return openSystem({ profile: 'bench', env, processes: { order: 2 } })
}

try {
  const options = readBenchOptions(process.argv.slice(2))
  // A file that cannot be written is said now, not after a minute of work.
  if (options.json) writeFileSync(options.json, '')
  const folder = pickProfile({ profile: 'bench' }).home
  const profilesOf = (service: string) => resolve(folder, 'profiles', service)
  const profiling = (service: string) =>
    options.profile ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profilesOf(service)}` } : {}
  if (options.profile) rmSync(resolve(folder, 'profiles'), { recursive: true, force: true })
  const needsJaeger = options.names.includes('tracing') || options.names.includes('logs')
  const jaeger = needsJaeger ? await findJaeger(printEvent) : undefined
  await runBench(options, {
    folder,
    traced: {
      open: openTraced,
      openWithBackend: jaeger
        ? () =>
            openSystem({
              ...{ profile: 'bench', jaeger, processes: { order: 2, inventory: 2 } },
              env: { gateway: { QUOTA_ATTEMPTS, ...KEEPING_ALL } },
            })
        : undefined,
    },
    logged: {
      open: openTalkative,
      openCollector: jaeger
        ? (to) => openCollector({ file: jaeger, to, profile: 'bench', block: 1 })
        : undefined,
      logs: resolve(folder, 'logs'),
    },
    openSystem: (gateways) =>
      openSystem({
        profile: 'bench',
        processes: { gateway: gateways },
        env: {
          gateway: { QUOTA_ATTEMPTS, ...profiling('gateway') },
          order: profiling('order'),
          inventory: profiling('inventory'),
        },
      }),
  })
  if (options.profile) {
    for (const service of PROFILED) console.log(writeProfile(service, profilesOf(service)).join('\n'))
  }
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(styleText('red', error instanceof Error ? error.message : String(error)))
  if (isUsage) console.error(BENCH_USAGE)
  process.exitCode = isUsage ? 2 : 1
}
