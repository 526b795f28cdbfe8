import type { Round } from '../tracing/recent.ts'
import { isKept } from '../tracing/trace-id.ts'
import { exampleOf } from './example.ts'
import { histogram } from './instruments.ts'

const durations = histogram('stampede.hop.duration')
const sizes = histogram('stampede.hop.batch.size')

/**
 * Counts a hop that has ended. `size`: how many went through it, if those are others than the traces named
 * with which nothing went wrong. What failed comes again or never: it went nowhere.
 */
export function countHop(round: Round, size = throughOf(round)): void {
  const { hop, traceIds, startMs, endMs, failed } = round
  const kept = traceIds.find(isKept)
  durations
    .at(hop, failed)
    .record((endMs - startMs) / 1_000, kept === undefined ? kept : exampleOf(kept, hop))
  if (size > 0) sizes.at(hop).record(size)
}

function throughOf({ traceIds, failed, failures }: Round): number {
  if (failures) return failures.filter((each) => each === undefined).length
  return failed === undefined ? traceIds.length : 0
}
