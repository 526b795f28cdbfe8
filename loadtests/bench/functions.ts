import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import type { Outcome } from './finding.ts'
import type { FunctionsOrder, FunctionsSample } from './functions-runner.ts'
import { median } from './sample.ts'

const RUNNER = resolve(import.meta.dirname, 'functions-runner.ts')
const CALLERS = 2
const MS = 2_500
/** Until the code of a warm thread has been optimised; a cold one never gets there. */
const WARM_UP_CALLS = { cold: 4, warm: 5_000 }
const CELL = 10

interface Series {
  readonly threads: number
  readonly samples: FunctionsSample[]
}

export interface FunctionsBench {
  readonly rounds: number
  /** Where compiled code is kept, as the services do. */
  readonly folder: string
  say(line: string): void
}

/**
 * What it costs to run a function, without its queue and its tables: in threads kept warm, and in one started
 * for each call. The settings take turns, so that a busy minute of the machine meets all of them.
 */
export async function measureFunctions({ rounds, folder, say }: FunctionsBench): Promise<Outcome> {
  const [cold, one, two]: [Series, Series, Series] = [
    { threads: 0, samples: [] },
    { threads: 1, samples: [] },
    { threads: 2, samples: [] },
  ]
  const series = [cold, one, two]
  const compileCache = resolve(folder, 'compiled')
  for (let round = 1; round <= rounds; round++) {
    for (const { threads, samples } of series) {
      const warmUpCalls = threads === 0 ? WARM_UP_CALLS.cold : WARM_UP_CALLS.warm
      const sample = await runOnce({ threads, callers: CALLERS, warmUpCalls, ms: MS, compileCache })
      samples.push(sample)
      say(`${nameOf(threads)}, round ${round}: ${Math.round(sample.perSecond)}/s`)
    }
  }
  const times = (pick: (sample: FunctionsSample) => number) => middle(cold, pick) / middle(one, pick)
  return {
    races: [],
    findings: [
      {
        what: 'cold to warm, time of a call',
        value: times(({ p50Ms }) => p50Ms),
        unit: '×',
        goal: undefined,
      },
      { what: 'cold to warm, CPU of a call', value: times(({ cpuUs }) => cpuUs), unit: '×', goal: undefined },
    ],
    table: writeTable(series),
    data: series,
  }
}

async function runOnce(order: FunctionsOrder): Promise<FunctionsSample> {
  const child = fork(RUNNER)
  child.send(order)
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the process that calls functions ended with ${code}`)
  })
  const [sample] = (await Promise.race([once(child, 'message'), failed])) as [FunctionsSample]
  await failed.catch(() => undefined)
  return sample
}

function writeTable(series: readonly Series[]): string[] {
  const head = ['calls/s', 'p50 ms', 'p99 ms', 'CPU µs'].map((text) => text.padStart(CELL)).join('')
  const lines = series.map((each) => {
    const cells = [
      middle(each, ({ perSecond }) => perSecond).toFixed(0),
      middle(each, ({ p50Ms }) => p50Ms).toFixed(2),
      middle(each, ({ p99Ms }) => p99Ms).toFixed(2),
      middle(each, ({ cpuUs }) => cpuUs).toFixed(0),
    ]
    return `  ${nameOf(each.threads).padEnd(26)}${cells.map((text) => text.padStart(CELL)).join('')}`
  })
  return ['', styleText('bold', `${`functions, ${CALLERS} callers`.padEnd(28)}${head}`), ...lines]
}

function middle({ samples }: Series, pick: (sample: FunctionsSample) => number): number {
  return median(samples.map(pick))
}

function nameOf(threads: number): string {
  if (threads === 0) return 'a thread for each call'
  return threads === 1 ? '1 warm thread' : `${threads} warm threads`
}
