import type { Topic } from '@stampede/contracts/events'
import { isHop } from '@stampede/contracts/telemetry'
import { countHop } from '../metrics/hop-metrics.ts'
import { tracesOf } from '../tracing/kept-traces.ts'
import { quietly } from '../tracing/quietly.ts'
import type { Round } from '../tracing/recent.ts'
import { isTracing, keepRound } from '../tracing/spans.ts'
import { wallMs } from '../tracing/wall-clock.ts'
import type { EventOf } from './envelope.ts'

/** A try to bring events to their effect. */
export interface Try<T extends Topic> {
  readonly consumer: string
  readonly events: readonly EventOf<T>[]
  /** As in `Passage`. */
  readonly startMs: number
  readonly failed?: string | undefined
}

/**
 * Counts a try that has ended now, and returns what can be kept of it: a hop for each topic, of which a batch
 * has one as a rule. A hop that is not in the table is nobody's: a test's.
 */
export function countTry<T extends Topic>(own: Try<T>): readonly Round[] {
  if (!isTracing()) return []
  const { consumer, events, startMs, failed } = own
  const endMs = wallMs()
  const rounds: Round[] = []
  quietly(() => {
    for (const [topic, same] of Map.groupBy(events, ({ type }) => type)) {
      const hop = `process ${topic} by ${consumer}`
      if (!isHop(hop)) continue
      const round = { hop, traceIds: same.flatMap(tracesOf), startMs, endMs, failed }
      countHop(round, failed === undefined ? same.length : 0)
      rounds.push(round)
    }
  })
  return rounds
}

/** Keeps the spans of a try after which there is no other: what is tried again shows its last. */
export function keepTry(rounds: readonly Round[]): void {
  quietly(() => {
    for (const round of rounds) keepRound(round)
  })
}
