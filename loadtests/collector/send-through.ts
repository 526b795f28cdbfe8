import { type LogSink, openLogSink, type SeenRecord } from './log-sink.ts'
import { type Line, toOtlp, toRecord } from './otlp-lines.ts'

/** Starts a collector that sends what is left to `to`; closed, it has sent all it had. */
export type OpenCollector = (to: string) => Promise<{ readonly url: string; close(): Promise<void> }>

/** What went into a collector and what came out: OTLP in JSON on both sides, not compressed. */
export interface Passed extends Pick<LogSink, 'records' | 'texts'> {
  readonly bytesIn: number
  readonly bytesOut: number
}

const LINES_AT_ONCE = 1_000
const TRIES_MAX = 20
const AGAIN_MS = 250

export async function sendThrough(lines: readonly Line[], open: OpenCollector): Promise<Passed> {
  const sink = await openLogSink()
  try {
    const collector = await open(sink.url)
    let bytesIn = 0
    try {
      for (let i = 0; i < lines.length; i += LINES_AT_ONCE) {
        bytesIn += await send(collector.url, toOtlp(lines.slice(i, i + LINES_AT_ONCE)))
      }
    } finally {
      await collector.close()
    }
    const { records, texts } = sink
    return {
      bytesIn,
      bytesOut: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
      records,
      texts,
    }
  } finally {
    sink.close()
  }
}

/** A collector that has too much says so, and is asked again. */
async function send(url: string, body: string): Promise<number> {
  for (let tries = 1; ; tries++) {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }
    const answer = await fetch(`${url}/v1/logs`, init)
    const text = await answer.text()
    if (answer.ok) return Buffer.byteLength(body)
    if (answer.status !== 503 || tries === TRIES_MAX)
      throw new Error(`the collector: ${answer.status} ${text}`)
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}

/** Lines that did not come out, each as often as it is missing. */
export function missingFrom(records: readonly SeenRecord[], lines: readonly Line[]): Line[] {
  const seen = new Map<string, number>()
  for (const record of records) {
    const key = keyOf(record)
    seen.set(key, (seen.get(key) ?? 0) + 1)
  }
  return lines.filter((line) => {
    const key = keyOf(toRecord(line))
    const left = seen.get(key) ?? 0
    seen.set(key, left - 1)
    return left <= 0
  })
}

/** Numbers may come back as texts: that is how JSON has large ones. */
function keyOf({ timeUnixNano, severityText, body, traceId, attributes = [] }: SeenRecord): string {
  const fields = attributes.map(({ key, value }) => `${key}=${Object.values(value)[0]}`).toSorted()
  return [timeUnixNano, severityText, body.stringValue, traceId || '', ...fields].join('\n')
}
