import { type OtlpSink, openOtlpSink } from '@stampede/kit/testing/otlp-sink'

/** A log record that was shipped. */
export interface SeenRecord {
  readonly severityText?: string
  readonly body: { readonly stringValue: string }
  readonly traceId?: string
  readonly timeUnixNano: string
  readonly attributes?: readonly { readonly key: string; readonly value: object }[]
}

/** A backend of logs. */
export interface LogSink extends OtlpSink {
  readonly records: readonly SeenRecord[]
  /** The requests' bodies as they came. */
  readonly texts: readonly string[]
}

interface Sent {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly SeenRecord[] }[]
  }[]
}

/** Takes log records and keeps them. */
export async function openLogSink(): Promise<LogSink> {
  const records: SeenRecord[] = []
  const texts: string[] = []
  const sink = await openOtlpSink<Sent>('logs', ({ resourceLogs }, body) => {
    texts.push(body)
    records.push(
      ...resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
    )
  })
  return { ...sink, records, texts }
}
