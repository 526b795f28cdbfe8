import type { Round } from '../tracing/recent.ts'
import { isKept } from '../tracing/trace-id.ts'
import { exampleOf } from './example.ts'
import { histogram } from './instruments.ts'

const durations = histogram('stampede.hop.duration')
const sizes = histogram('stampede.hop.batch.size')

/** Counts a hop that has ended. `size`: how many went through it, if those are more than the traces named. */
export function countHop({ hop, traceIds, startMs, endMs, failed }: Round, size = traceIds.length): void {
  const kept = traceIds.find(isKept)
  durations
    .at(hop, failed)
    .record((endMs - startMs) / 1_000, kept === undefined ? kept : exampleOf(kept, hop))
  sizes.at(hop).record(size)
}
