import { rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { BENCH_USAGE, readBenchOptions } from '../../loadtests/bench/options.ts'
import { writeProfile } from '../../loadtests/bench/profile.ts'
import { runBench } from '../../loadtests/bench/run-bench.ts'
import { UsageError } from '../../loadtests/usage.ts'
import { pickProfile } from '../profile.ts'
import { openSystem } from '../system.ts'

// Buyers of a benchmark are few and tireless: the quota of each is lifted, though it is still counted.
const QUOTA_ATTEMPTS = '1000000'
const PROFILED = ['gateway', 'order', 'inventory'] as const

try {
  const options = readBenchOptions(process.argv.slice(2))
  // A file that cannot be written is said now, not after a minute of work.
  if (options.json) writeFileSync(options.json, '')
  const folder = pickProfile({ profile: 'bench' }).home
  const profilesOf = (service: string) => resolve(folder, 'profiles', service)
  const profiling = (service: string) =>
    options.profile ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profilesOf(service)}` } : {}
  if (options.profile) rmSync(resolve(folder, 'profiles'), { recursive: true, force: true })
  await runBench(options, {
    folder,
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
