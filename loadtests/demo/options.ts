import { parseArgs } from 'node:util'
import { readCount, UsageError } from '../usage.ts'

export interface DemoOptions {
  readonly units: number
  readonly buyers: number
  readonly attempts: number
  readonly seed: number
  /** Where to write the result as JSON. */
  readonly json: string | undefined
}

export const DEMO_USAGE = `npm run demo -- [flags]
  --units N      units for sale, over both sales     (default 1000, 20 to 100000)
  --buyers N     buyers with an account              (default 5000, 20 to 100000)
  --attempts N   attempts to buy                     (default 24000, 500 to 1000000)
  --seed N       the same seed makes the same plan   (default 1)
  --json FILE    write the result to FILE as well`

/** Reads the command line. Throws `UsageError`. */
export function readDemoOptions(args: readonly string[]): DemoOptions {
  const { values } = parse(args)
  return {
    units: readCount('units', values.units, { fallback: 1000, min: 20, max: 100_000 }),
    buyers: readCount('buyers', values.buyers, { fallback: 5000, min: 20, max: 100_000 }),
    attempts: readCount('attempts', values.attempts, { fallback: 24_000, min: 500, max: 1_000_000 }),
    seed: readCount('seed', values.seed, { fallback: 1, min: 0, max: 0xffff_ffff }),
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  const flag = { type: 'string' } as const
  try {
    const options = { units: flag, buyers: flag, attempts: flag, seed: flag, json: flag }
    return parseArgs({ args: [...args], options, allowPositionals: false })
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}
