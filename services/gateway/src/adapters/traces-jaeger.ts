import { isStep } from '@stampede/contracts/story'
import { HOPS, type Hop } from '@stampede/contracts/telemetry'
import { spanIdOf } from '@stampede/kit/tracing/span-id'
import Type, { type Static } from 'typebox'
import Schema from 'typebox/compile'
import type { Traces } from '../domain/ports.ts'
import type { HopSpan } from '../domain/story.ts'

const ANSWER_MS = 1_000
/** A trace of ours has some fifty spans of a kilobyte each. */
const BYTES_MAX = 2_000_000
const HOP_NAMES = Object.keys(HOPS) as Hop[]

/** As far as it is read; times in microseconds. */
const Span = Type.Object({
  spanID: Type.String(),
  processID: Type.String(),
  startTime: Type.Number({ minimum: 0, maximum: 8.64e18 }),
  duration: Type.Number({ minimum: 0, maximum: 8.64e18 }),
  tags: Type.Array(Type.Object({ key: Type.String(), value: Type.Unknown() })),
})
const Found = Type.Object({
  spans: Type.Array(Span),
  processes: Type.Record(Type.String(), Type.Object({ serviceName: Type.String() })),
})
const answers = Schema(Type.Object({ data: Type.Array(Found) }))

/** The traces a Jaeger keeps, by its own API at this origin. */
export function tracesAt(origin: string): Traces {
  return {
    async find(traceId) {
      try {
        const signal = AbortSignal.timeout(ANSWER_MS)
        const answer = await fetch(`${origin}/api/traces/${traceId}`, { signal })
        const text = await readAtMost(answer, BYTES_MAX)
        if (answer.status === 404) return []
        const read: unknown = JSON.parse(text)
        return answer.status === 200 && answers.Check(read)
          ? read.data.flatMap((each) => hopsOf(traceId, each))
          : 'away'
      } catch {
        return 'away'
      }
    },
  }
}

/**
 * The spans of hops, each once: a backend may list one twice. A hop that came about again has the same id,
 * and times of its own.
 */
function hopsOf(traceId: string, { spans, processes }: Static<typeof Found>): HopSpan[] {
  const hops = new Map(HOP_NAMES.map((hop) => [spanIdOf(traceId, hop), hop]))
  const found = new Map<string, HopSpan>()
  for (const { spanID, processID, startTime, duration, tags } of spans) {
    const hop = hops.get(spanID)
    if (hop === undefined || !isStep(hop)) continue
    const startMs = startTime / 1_000
    const failed = tags.some(({ key, value }) => key === 'error' && value === true)
    const service = processes[processID]?.serviceName ?? 'unknown'
    found.set(`${hop} ${startTime} ${duration}`, {
      hop,
      service,
      startMs,
      endMs: startMs + duration / 1_000,
      failed,
    })
  }
  return [...found.values()]
}

async function readAtMost({ body }: Response, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.length
    if (bytes > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}
