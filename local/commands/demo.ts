import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { DEMO_USAGE, readDemoOptions } from '../../loadtests/demo/options.ts'
import { writeReport } from '../../loadtests/demo/report.ts'
import { runDemo, saveResult } from '../../loadtests/demo/run-demo.ts'
import { PAYING_HOLD_SECONDS, POLL_AFTER_MS, QUOTA_ATTEMPTS } from '../../loadtests/demo/step.ts'
import { UsageError } from '../../loadtests/usage.ts'
import { printEvent } from '../print.ts'
import { pickProfile } from '../profile.ts'
import { keepSecrets } from '../secrets.ts'
import { openSystem } from '../system.ts'

// One sale, from the first engine to the books: `npm run demo -- --units 1000 --buyers 5000`.
try {
  const options = readDemoOptions(process.argv.slice(2))
  // A file that cannot be written is said now, not after a minute of work.
  if (options.json) writeFileSync(options.json, '')
  const profile = pickProfile({ profile: 'demo' })
  const env = {
    gateway: { QUOTA_ATTEMPTS: String(QUOTA_ATTEMPTS) },
    // Late money, and money nobody tells of, come to their end while somebody watches.
    order: { PAYING_HOLD_SECONDS: String(PAYING_HOLD_SECONDS) },
    payment: { POLL_AFTER_MS: String(POLL_AFTER_MS) },
  }
  const system = await openSystem({ profile: 'demo', fresh: true, env, report: printEvent })
  try {
    const [signingKey] = JSON.parse(keepSecrets(profile).SIGNING_KEYS)
    const result = await runDemo(options, { system, signingKey, folder: resolve(profile.home) })
    if (options.json) saveResult(options.json, result)
    console.log(writeReport(result))
    process.exitCode = result.ok ? 0 : 1
  } finally {
    await system.close()
  }
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(styleText('red', error instanceof Error ? error.message : String(error)))
  if (isUsage) console.error(DEMO_USAGE)
  process.exitCode = isUsage ? 2 : 1
}
