import { styleText } from 'node:util'
import { AUDIT_USAGE, readAuditOptions } from '../../loadtests/audit/options.ts'
import { readAudit } from '../../loadtests/audit/read-audit.ts'
import { writeOne, writeSales } from '../../loadtests/audit/table.ts'
import { UsageError } from '../../loadtests/usage.ts'
import { pickProfile, profileOf } from '../profile.ts'
import { readLiving } from '../state.ts'

// The settlement of the last sales, or of one: `npm run audit -- --sale 019e3a4b`. It only reads.
try {
  const { sale, profile, json } = readAuditOptions(process.argv.slice(2))
  const report = await readAudit({ databaseUrl: findDatabase(profile), sale })
  const [only] = report.sales
  if (sale !== undefined && report.sales.length !== 1) {
    throw new UsageError(
      `${report.sales.length === 0 ? 'No sale has' : 'Several sales have'} an id like ${sale}`,
    )
  }
  if (json) console.log(JSON.stringify(report, undefined, 2))
  else console.log(sale !== undefined && only ? writeOne(only) : writeSales(report))
  process.exitCode = report.ok ? 0 : 1
} catch (error) {
  const isUsage = error instanceof UsageError
  console.error(styleText('red', explain(error as Error & { code?: string })))
  if (isUsage) console.error(AUDIT_USAGE)
  process.exitCode = 2
}

function findDatabase(wish: string | undefined): string {
  const { DATABASE_URL: given } = process.env
  if (wish === undefined && given) return given
  const choice = profileOf(wish ?? 'start')
  if (!choice) throw new UsageError(`There is no profile ${wish}.`)
  const running = readLiving(pickProfile(choice))['postgres']
  if (running) return running.url
  throw new Error(
    [
      `No system of the profile ${wish ?? 'start'} runs here.`,
      'Start one with npm start, name another with --profile, or set DATABASE_URL.',
    ].join('\n'),
  )
}

/** `42P01` and `3F000`: a table or a schema that is not there. */
function explain({ message, code }: Error & { code?: string }): string {
  if (code === '42P01' || code === '3F000')
    return `This database is not one of ours, or its services have not started yet: ${message}`
  if (code === 'ECONNREFUSED') return 'Postgres does not answer; is the system running? npm start'
  return message
}
