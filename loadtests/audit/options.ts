import { parseArgs } from 'node:util'
import { UsageError } from '../usage.ts'

export interface AuditOptions {
  readonly sale: string | undefined
  readonly profile: string | undefined
  readonly json: boolean
}

export const AUDIT_USAGE = `npm run audit -- [flags]
  --sale ID        only this sale, with examples; the beginning of its id will do
  --profile NAME   the running system of that profile (default start), e.g. demo
  --json           the report as JSON
Without --profile, DATABASE_URL is taken if it is set.`

/** Reads the command line. Throws `UsageError`. */
export function readAuditOptions(args: readonly string[]): AuditOptions {
  const { sale, profile, json = false } = parse(args)
  if (sale !== undefined && !/^[0-9a-f-]{4,36}$/.test(sale)) {
    throw new UsageError(`--sale must be the id of a sale or its beginning, not "${sale}"`)
  }
  return { sale, profile, json }
}

function parse(args: readonly string[]) {
  const flag = { type: 'string' } as const
  try {
    const options = { sale: flag, profile: flag, json: { type: 'boolean' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}
