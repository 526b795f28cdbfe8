import { parseArgs } from 'node:util'
import { readCount, UsageError } from '../usage.ts'
import { KINDS } from './faults/kinds.ts'

const KIND_NAMES = KINDS.map(({ kind }) => kind)

export interface ChaosOptions {
  readonly seed: number
  readonly minutes: number
  readonly faults: number
  /** Kinds (`kill`) or kinds with a target (`kill:kafka`) to draw from; all when empty. */
  readonly only: readonly string[]
  /** Attempts to buy in a second; measured on this machine when it is not given. */
  readonly rate: number | undefined
}

export const CHAOS_USAGE = `npm run chaos -- [flags]
  --seed N        the same seed makes the same plan       (default 1)
  --minutes M     how long the load and the faults last   (default 3, 1 to 600)
  --faults N      faults to play                          (default 10 a minute)
  --only K,K:T    only these kinds, or kinds with a target: pause,kill:kafka
  --rate N        attempts a second                       (default: measured)
${writeKinds()}`

const FAULTS_PER_MINUTE = 10
const FAULTS_PER_MINUTE_MAX = 60

/** Reads the command line. Throws `UsageError`. */
export function readChaosOptions(args: readonly string[]): ChaosOptions {
  const { values } = parse(args)
  const minutes = readCount('minutes', values.minutes, { fallback: 3, min: 1, max: 600 })
  const faultsMax = minutes * FAULTS_PER_MINUTE_MAX
  return {
    seed: readCount('seed', values.seed, { fallback: 1, min: 0, max: 0xffff_ffff }),
    minutes,
    faults: readCount('faults', values.faults, {
      ...{ fallback: minutes * FAULTS_PER_MINUTE, min: 0, max: faultsMax },
    }),
    only: readOnly(values.only),
    rate: values.rate === undefined ? undefined : readCount('rate', values.rate, RATE),
  }
}

/** Whether a kind has such a target only the system says, when it is there. */
function readOnly(words = ''): string[] {
  const only = words.split(',').filter((word) => word !== '')
  const unknown = only.filter((word) => !KIND_NAMES.includes(word.split(':')[0] as string))
  if (unknown.length > 0) throw new UsageError(`--only: there is no fault ${unknown.join(', ')}`)
  return only
}

/** Wrapped for a terminal of 80 columns. */
function writeKinds(): string {
  const lines = ['  kinds:']
  for (const name of KIND_NAMES) {
    const line = `${lines.at(-1)} ${name}`
    if (line.length > 78) lines.push(`         ${name}`)
    else lines[lines.length - 1] = line
  }
  return lines.join('\n')
}

const RATE = { fallback: 100, min: 1, max: 10_000 }

/** The command that plays the same plan again, under the same load: at the rate that was measured. */
export function writeCommand({ seed, minutes, faults, only }: ChaosOptions, ratePerSecond: number): string {
  const flags = [`--seed ${seed}`, `--minutes ${minutes}`, `--faults ${faults}`]
  if (only.length > 0) flags.push(`--only ${only.join(',')}`)
  flags.push(`--rate ${ratePerSecond}`)
  return `npm run chaos -- ${flags.join(' ')}`
}

function parse(args: readonly string[]) {
  const flag = { type: 'string' } as const
  try {
    const options = { seed: flag, minutes: flag, faults: flag, only: flag, rate: flag }
    return parseArgs({ args: [...args], options, allowPositionals: false })
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}
