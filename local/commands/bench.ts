import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { BENCH_USAGE, readBenchOptions } from '../../loadtests/bench/options.ts'
import { runBench } from '../../loadtests/bench/run-bench.ts'
import { UsageError } from '../../loadtests/usage-error.ts'
import { pickProfile } from '../profile.ts'
import { openSystem } from '../system.ts'

// Buyers of a benchmark are few and tireless: the quota of each is lifted, though it is still counted.
const QUOTA_ATTEMPTS = '1000000'

try {
  const options = readBenchOptions(process.argv.slice(2))
  await runBench(options, {
    folder: resolve(pickProfile({ profile: 'bench' }).home),
    openSystem: (gateways) =>
      openSystem({
        profile: 'bench',
        processes: { gateway: gateways },
        env: { gateway: { QUOTA_ATTEMPTS } },
      }),
  })
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(styleText('red', error instanceof Error ? error.message : String(error)))
  if (isUsage) console.error(BENCH_USAGE)
  process.exitCode = isUsage ? 2 : 1
}
