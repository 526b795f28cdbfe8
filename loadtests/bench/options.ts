import { parseArgs } from 'node:util'
import { UsageError } from '../usage.ts'

export const BENCH_NAMES = [
  'memory',
  'refusals',
  'mixed',
  'accepted',
  'knee',
  'growth',
  'functions',
  'gateways',
  'tracing',
  'logs',
] as const
export type BenchName = (typeof BENCH_NAMES)[number]

export interface BenchOptions {
  readonly names: readonly BenchName[]
  readonly rounds: number
  /** Where to write the result as JSON, besides the place where all are kept. */
  readonly json: string | undefined
  /** Whether the services write CPU profiles, which makes them slower. */
  readonly profile: boolean
}

const ROUNDS_MAX = 20

export const BENCH_USAGE = `npm run bench -- [names] [flags]
  names          any of: ${BENCH_NAMES.join(' ')} (default: all)
  --rounds N     measured rounds of each (default 3, 1 to ${ROUNDS_MAX})
  --json FILE    write the result to FILE as well
  --profile      profile the services too: slower, so not for figures`

/** Reads the command line. Throws `UsageError`. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args)
  const unknown = positionals.filter((name) => !BENCH_NAMES.includes(name as BenchName))
  if (unknown.length > 0) throw new UsageError(`there is no benchmark ${unknown.join(', ')}`)
  const rounds = Number(values.rounds ?? 3)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > ROUNDS_MAX) {
    throw new UsageError(`--rounds must be a whole number from 1 to ${ROUNDS_MAX}, not "${values.rounds}"`)
  }
  const names = BENCH_NAMES.filter((name) => positionals.length === 0 || positionals.includes(name))
  return { names, rounds, json: values.json, profile: values.profile ?? false }
}

function parse(args: readonly string[]) {
  const flag = { type: 'string' } as const
  try {
    const options = { rounds: flag, json: flag, profile: { type: 'boolean' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}
