import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { readMemory } from '../system/processes.ts'
import type { RunningSystem } from '../system/running-system.ts'
import { type Completeness, measureCompleteness, writeCompleteness } from './completeness.ts'
import type { Finding, Outcome } from './finding.ts'
import { openMixedSale } from './mixed-shots.ts'
import { openRange, type Range } from './range.ts'
import { openSoldOut } from './refusals.ts'
import { median, type Sample } from './sample.ts'

const SINK = resolve(import.meta.dirname, 'span-sink.ts')
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9'
const WIDTHS = [34, 10, 9, 9, 9, 9] as const

/** How many traces are kept: 0 to 1 of all requests, or nothing of OpenTelemetry is even loaded. */
export type Keeping = 'off' | number

export interface TracedSystem extends RunningSystem {
  kill(name: string): Promise<void>
  restart(name: string): Promise<void>
  close(): Promise<void>
}

export interface TracingBench {
  /** An empty system that sends its spans to `to`. */
  readonly open: (keeping: Keeping, to: string) => Promise<TracedSystem>
  /** The same with the trace backend, at its part `jaeger`; undefined when that cannot be had. */
  readonly openWithBackend: (() => Promise<TracedSystem>) | undefined
  readonly rounds: number
  readonly folder: string
  say(line: string): void
}

interface Mode {
  readonly name: string
  readonly keeping: Keeping
  /** CPU per attempt, as a multiple of that without tracing. */
  readonly atMost?: number
  /** There is no collector where it is said to be. */
  readonly isAway?: true
}

const MODES: readonly Mode[] = [
  { name: 'off', keeping: 'off' },
  { name: '1 % kept', keeping: 0.01, atMost: 1.05 },
  { name: '100 % kept', keeping: 1, atMost: 1.35 },
  { name: '100 %, collector away', keeping: 1, atMost: 1.35, isAway: true },
]
const LOADS = ['sold out', 'mixed sale'] as const
interface Shots {
  readonly load: (typeof LOADS)[number]
  readonly mode: string
  readonly sample: Sample
  /** Of the largest service, when all was at rest again. */
  readonly rssMb: number
}

/**
 * What it costs to keep traces, and how many of them are whole. Each setting has a system of its own, because
 * without tracing nothing of it is loaded; they take turns, round by round.
 */
export async function measureTracing(bench: TracingBench): Promise<Outcome> {
  const shots: Shots[] = []
  const { child, url } = await openSink()
  try {
    for (let round = 0; round < bench.rounds; round++) {
      const turns = round % 2 === 0 ? MODES : MODES.toReversed()
      for (const mode of turns) shots.push(...(await shootOnce(bench, mode, mode.isAway ? NOWHERE : url)))
    }
  } finally {
    child.disconnect()
    await once(child, 'exit')
  }
  const whole = bench.openWithBackend ? await measureCompleteness(bench, bench.openWithBackend) : []
  if (!bench.openWithBackend)
    bench.say('no trace backend without Go: how many traces are whole was not measured')
  return {
    races: [],
    findings: [...costs(shots), ...whole.map(toFinding)],
    table: [...writeCosts(shots), ...writeCompleteness(whole)],
    data: { shots, whole },
  }
}

async function shootOnce(
  { open, rounds, folder, say }: TracingBench,
  { name, keeping }: Mode,
  to: string,
): Promise<Shots[]> {
  const shots: Shots[] = []
  const system = await open(keeping, to)
  try {
    const range = await openRange({ system, rounds, folder, say })
    try {
      for (const load of LOADS) {
        const shot = await (await shotsOf(load, range))()
        const sample = await range.shootSystem(shot)
        shots.push({ load, mode: name, sample, rssMb: largestMb(system) })
        say(`${load}, ${name}: ${Math.round(sample.perSecond)}/s, ${sample.cpuUs.toFixed(1)} µs each`)
      }
    } finally {
      await range.close()
    }
  } finally {
    await system.close()
  }
  return shots
}

function largestMb({ parts }: TracedSystem): number {
  const services = Object.entries(readMemory(parts)).filter(([name]) => parts[name]?.role === 'service')
  return Math.max(...services.map(([, { rssMb }]) => rssMb))
}

function shotsOf(load: (typeof LOADS)[number], range: Range) {
  return load === 'sold out' ? openSoldOut(range) : openMixedSale(range)
}

function costs(shots: readonly Shots[]): Finding[] {
  return LOADS.flatMap((load) => {
    const cpuOf = (mode: string) => middle(shots, { load, mode }, ({ sample }) => sample.cpuUs)
    return MODES.flatMap(({ name, atMost }) => {
      if (atMost === undefined) return []
      const value = cpuOf(name) / cpuOf('off')
      return [
        { what: `${load}, ${name}: CPU per attempt to off`, value, unit: '×', goal: { atMost } } as const,
      ]
    })
  })
}

function middle(
  shots: readonly Shots[],
  { load, mode }: Pick<Shots, 'load' | 'mode'>,
  pick: (shots: Shots) => number,
): number {
  return median(shots.filter((each) => each.load === load && each.mode === mode).map(pick))
}

function toFinding({ what, whole, count }: Completeness): Finding {
  return { what: `whole traces, ${what}`, value: (100 * whole) / count, unit: '%', goal: { atLeast: 99.5 } }
}

function writeCosts(shots: readonly Shots[]): string[] {
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[i] ?? 0))).join('')
  const lines = LOADS.flatMap((load) => {
    const of = (mode: string, pick: (shots: Shots) => number) => middle(shots, { load, mode }, pick)
    const speed = (mode: string) => of(mode, ({ sample }) => sample.perSecond)
    return MODES.map(({ name }) =>
      row([
        `  ${load}, ${name}`,
        Math.round(speed(name)).toLocaleString('en-US'),
        `${(speed(name) / speed('off')).toFixed(2)} ×`,
        of(name, ({ sample }) => sample.cpuUs).toFixed(1),
        of(name, ({ sample }) => sample.p99Ms).toFixed(1),
        of(name, ({ rssMb }) => rssMb).toFixed(0),
      ]),
    )
  })
  return ['', styleText('bold', row(['', 'req/s', 'to off', 'CPU µs', 'p99 ms', 'MB'])), ...lines]
}

async function openSink(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = fork(SINK)
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return { child, url }
}
