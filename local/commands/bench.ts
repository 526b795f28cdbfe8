import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { BENCH_USAGE, readBenchOptions } from '../../loadtests/bench/options.ts'
import { writeProfile } from '../../loadtests/bench/profile.ts'
import { runBench } from '../../loadtests/bench/run-bench.ts'
import type { Keeping } from '../../loadtests/bench/tracing.ts'
import { UsageError } from '../../loadtests/usage.ts'
import { openCollector } from '../engines/collector.ts'
import { findJaeger } from '../engines/jaeger.ts'
import { printEvent } from '../print.ts'
import { pickProfile } from '../profile.ts'
import { SERVICES } from '../services.ts'
import { openSystem, type SystemChoice } from '../system.ts'

// Buyers of a benchmark are few and tireless: the quota of each is lifted, though it is still counted.
const QUOTA_ATTEMPTS = '1000000'
const PROFILED = ['gateway', 'order', 'inventory'] as const

function openTraced(keeping: Keeping, more: Partial<SystemChoice>) {
  const ratio = keeping === 'off' ? 0 : keeping
  const gateway = { QUOTA_ATTEMPTS, TRACE_RATIO: String(ratio), TRACES_PER_SECOND_MAX: '1000000' }
  return openSystem({ profile: 'bench', env: { gateway }, ...more })
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
      open: (keeping, to) => openTraced(keeping, keeping === 'off' ? {} : { telemetryUrl: to }),
      openWithBackend: jaeger
        ? () => openTraced(1, { jaeger, processes: { order: 2, inventory: 2 } })
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
