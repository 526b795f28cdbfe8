import type { RunningSystem } from '../system/running-system.ts'
import { type Completeness, measureCompleteness, writeCompleteness } from './completeness.ts'
import type { Finding, Outcome } from './finding.ts'
import { type Keeping, measureCost, toFindings, writeCost } from './tracing-cost.ts'

export interface TracedSystem extends RunningSystem {
  kill(name: string): Promise<void>
  restart(name: string): Promise<void>
  close(): Promise<void>
}

export interface TracingBench {
  /** An empty system with a gateway for each; it sends its spans to `to`. */
  readonly open: (keepings: readonly Keeping[], to: string) => Promise<TracedSystem>
  /** One that keeps all, with the trace backend at its part `jaeger`; undefined when that cannot be had. */
  readonly openWithBackend: (() => Promise<TracedSystem>) | undefined
  readonly rounds: number
  readonly folder: string
  say(line: string): void
}

/** What it costs to keep traces, and how many of them are whole. */
export async function measureTracing(bench: TracingBench): Promise<Outcome> {
  const cost = await measureCost(bench)
  const whole = bench.openWithBackend ? await measureCompleteness(bench, bench.openWithBackend) : []
  if (!bench.openWithBackend)
    bench.say('no trace backend without Go: how many traces are whole was not measured')
  return {
    races: [],
    findings: [...toFindings(cost), ...whole.map(toFinding)],
    table: [...writeCost(cost), ...writeCompleteness(whole)],
    data: { cost, whole },
  }
}

function toFinding({ what, whole, count }: Completeness): Finding {
  return { what: `whole traces, ${what}`, value: (100 * whole) / count, unit: '%', goal: { atLeast: 99.5 } }
}
