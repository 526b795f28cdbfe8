import {
  type Completeness,
  measureCompleteness,
  type TracedSystem,
  writeCompleteness,
} from './completeness.ts'
import type { Finding, Outcome } from './finding.ts'
import { type CostBench, measureCost, toFindings, writeCost } from './tracing-cost.ts'

export interface TracingBench extends CostBench {
  /** A system that keeps all, with the trace backend; undefined when that cannot be had. */
  readonly openWithBackend: (() => Promise<TracedSystem>) | undefined
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
