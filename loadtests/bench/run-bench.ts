import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { resolve } from 'node:path'
import type { RunningSystem } from '../system/running-system.ts'
import { measureAccepted } from './accepted.ts'
import type { Outcome } from './finding.ts'
import { measureFunctions } from './functions.ts'
import { measureGateways } from './gateways.ts'
import { measureGrowth } from './growth.ts'
import { measureKnee } from './knee.ts'
import { type LogsBench, measureLogs } from './logs.ts'
import { measureMemory } from './memory.ts'
import { measureMixed } from './mixed.ts'
import type { BenchName, BenchOptions } from './options.ts'
import { openRange, type Range } from './range.ts'
import { measureRefusals } from './refusals.ts'
import { writeGoals, writeRaces, writeShares, writeWarning } from './table.ts'
import { measureTracing, type TracingBench } from './tracing.ts'

export interface BenchPlace {
  /** Starts an empty system with so many gateways; the one before is closed. */
  readonly openSystem: (gateways: number) => Promise<RunningSystem & { close(): Promise<void> }>
  /** Systems whose requests are traced. */
  readonly traced: Pick<TracingBench, 'open' | 'openWithBackend'>
  /** A system that tells all, and the collector its logs go through. */
  readonly logged: Pick<LogsBench, 'open' | 'openCollector' | 'logs'>
  /** Where buyers and results are kept. */
  readonly folder: string
}

/** Those that share a system; the others have their own, or none. */
const APART = ['functions', 'tracing', 'logs'] as const
type SystemBench = Exclude<BenchName, (typeof APART)[number]>
type Bench = (range: Range) => Promise<Outcome>

const ENGINES = ['postgres', 'redis-gate', 'redis-queue', 'kafka'] as const

const BENCHES = {
  memory: measureMemory,
  refusals: measureRefusals,
  mixed: measureMixed,
  accepted: measureAccepted,
  knee: measureKnee,
  growth: measureGrowth,
  gateways: measureGateways,
} as const satisfies Record<SystemBench, Bench>

/** Runs the benchmarks one after the other and prints their tables; keeps all samples as JSON. */
export async function runBench(options: BenchOptions, place: BenchPlace): Promise<void> {
  const run: Run = { options, place, outcomes: {}, othersShares: [] }
  const { rounds } = options
  const onSystem = options.names.filter(isOnSystem)
  const one = onSystem.filter((name) => name !== 'gateways')
  const two = onSystem.filter((name) => name === 'gateways')
  if (options.names.includes('functions'))
    run.outcomes.functions = await measureFunctions({ rounds, folder: place.folder, say })
  if (options.names.includes('tracing'))
    run.outcomes.tracing = await measureTracing({ ...place.traced, rounds, folder: place.folder, say })
  if (options.names.includes('logs'))
    run.outcomes.logs = await measureLogs({ ...place.logged, folder: place.folder, say })
  if (one.length > 0) await runOn(1, one, run)
  if (two.length > 0) await runOn(2, two, run)
  const all = Object.values(run.outcomes)
  const races = all.flatMap((outcome) => outcome.races)
  const findings = all.flatMap((outcome) => outcome.findings)
  const own = all.flatMap((outcome) => outcome.table ?? [])
  const tables = [...writeRaces(races), ...writeShares(races), ...own, ...writeGoals(findings)]
  console.log([...tables, ...writeWarning(run.othersShares), ''].join('\n'))
  save(run)
}

interface Run {
  readonly options: BenchOptions
  readonly place: BenchPlace
  readonly outcomes: Partial<Record<BenchName, Outcome>>
  readonly othersShares: number[]
}

function isOnSystem(name: BenchName): name is SystemBench {
  return !(APART as readonly BenchName[]).includes(name)
}

async function runOn(gateways: number, names: readonly SystemBench[], run: Run): Promise<void> {
  const { options, place, outcomes, othersShares } = run
  const system = await place.openSystem(gateways)
  try {
    const { rounds } = options
    const elsewhere = ENGINES.filter((name) => !system.parts[name])
    if (elsewhere.length > 0) say(`not counted, for they run elsewhere: the CPU of ${elsewhere.join(', ')}`)
    const range = await openRange({ system, rounds, folder: place.folder, say })
    try {
      for (const name of names) outcomes[name] = await BENCHES[name](range)
    } finally {
      othersShares.push(...range.othersShares)
      await range.close()
    }
  } finally {
    await system.close()
  }
}

function say(line: string): void {
  console.log(line)
}

function save({ options: { json, ...options }, place: { folder }, outcomes }: Run): void {
  const at = new Date().toISOString()
  const text = `${JSON.stringify({ at, machine: describeMachine(), options, outcomes }, undefined, 2)}\n`
  mkdirSync(resolve(folder, 'results'), { recursive: true })
  const kept = resolve(folder, 'results', `${at.replaceAll(/[:.]/g, '-')}.json`)
  for (const file of json ? [kept, json] : [kept]) writeFileSync(file, text)
  console.log(`kept in ${kept}`)
}

function describeMachine() {
  return {
    cpu: cpus()[0]?.model,
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
    node: process.version,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
  }
}
