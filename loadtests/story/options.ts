import { parseArgs } from 'node:util'
import { STAGES, type StageName } from '@stampede/contracts/sales'
import { readCount, UsageError } from '../usage.ts'

export interface StoryOptions {
  readonly stages: readonly StageName[]
  readonly units: number
  readonly attempts: number
  readonly seed: number
  readonly repeats: number
  readonly quick: boolean
  /** Of gateway, order service and inventory each; more than one for the hybrid alone. */
  readonly processes: number
  /** How long the senders of the closed loop send. */
  readonly peakMs: number
  /** Whether the measured table goes into docs/stages.md. */
  readonly writeDocs: boolean
}

export const STORY_USAGE = `npm run story -- [flags]
  --stages A,B   any of: ${Object.keys(STAGES).join(' ')} (default: all)
  --units N      units of each sale                  (default: a twentieth of the attempts)
  --attempts N   attempts at each sale               (default 2000, 100 to 50000)
  --seed N       the same seed makes the same load   (default 1)
  --repeats N    runs of each row, told as a median  (default 1, 1 to 9)
  --processes N  gateways, order and inventory services, for the hybrid  (default 1, 1 to 4)
  --quick        less of it: under two minutes
  --write-docs   put the table into docs/stages.md`

const ATTEMPTS = 2000
const PEAK_MS = 3000
const QUICK = { attempts: 1000, peakMs: 800 } as const

/** Reads the command line. Throws `UsageError`. */
export function readStoryOptions(args: readonly string[]): StoryOptions {
  const { values } = parse(args)
  const fallback = values.quick ? QUICK.attempts : ATTEMPTS
  const attempts = readCount('attempts', values.attempts, { fallback, min: 100, max: 50_000 })
  const processes = readCount('processes', values.processes, { fallback: 1, min: 1, max: 4 })
  const stages = readStages(values.stages ?? (processes > 1 ? 'hybrid' : undefined))
  if (processes > 1 && stages.some((stage) => stage !== 'hybrid')) {
    throw new UsageError('--processes is for the hybrid: other stages keep what guards them in one service')
  }
  return {
    stages,
    processes,
    attempts,
    units: readCount('units', values.units, { fallback: Math.round(attempts / 20), min: 1, max: attempts }),
    seed: readCount('seed', values.seed, { fallback: 1, min: 0, max: 0xffff_ffff }),
    repeats: readCount('repeats', values.repeats, { fallback: 1, min: 1, max: 9 }),
    quick: values.quick ?? false,
    peakMs: values.quick ? QUICK.peakMs : PEAK_MS,
    writeDocs: values['write-docs'] ?? false,
  }
}

function readStages(text: string | undefined): StageName[] {
  const names = Object.keys(STAGES) as StageName[]
  if (text === undefined) return names
  const wanted = text.split(',')
  const unknown = wanted.filter((name) => !names.includes(name as StageName))
  if (unknown.length > 0) throw new UsageError(`there is no stage ${unknown.join(', ')}`)
  return names.filter((name) => wanted.includes(name))
}

function parse(args: readonly string[]) {
  const [flag, yes] = [{ type: 'string' }, { type: 'boolean' }] as const
  const counts = { units: flag, attempts: flag, seed: flag, repeats: flag, processes: flag }
  try {
    const options = { stages: flag, ...counts, quick: yes, 'write-docs': yes }
    return parseArgs({ args: [...args], options, allowPositionals: false })
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0])
  }
}
