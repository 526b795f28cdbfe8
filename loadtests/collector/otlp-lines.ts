import type { SeenRecord } from './log-sink.ts'

/** A log line as our services write it, parsed. */
export type Line = Readonly<Record<string, unknown>>

type Value =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: number }
  | { readonly doubleValue: number }

interface Attribute {
  readonly key: string
  readonly value: Value
}

/** OpenTelemetry's numbers of our levels. */
const SEVERITIES: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
}

/**
 * Lines as one OTLP request in JSON, as a collector makes them of our files (infra/otel): the message is the
 * body, the trace is the record's own, and of fields in fields the names are joined by dots.
 */
export function toOtlp(lines: readonly Line[]): string {
  const byService = Map.groupBy(lines, ({ service }) => String(service))
  return JSON.stringify({
    resourceLogs: Array.from(byService, ([service, own]) => ({
      resource: { attributes: [toAttribute(['service.name', service])] },
      scopeLogs: [{ logRecords: own.map(toRecord) }],
    })),
  })
}

/** The record of a line. */
export function toRecord({
  time,
  level,
  msg,
  traceId,
  service: _service,
  ...fields
}: Line): SeenRecord & { readonly severityNumber: number } {
  return {
    timeUnixNano: `${Date.parse(String(time))}000000`,
    severityNumber: SEVERITIES[String(level)] ?? 0,
    severityText: String(level),
    body: { stringValue: String(msg) },
    ...(traceId !== undefined && { traceId: String(traceId) }),
    attributes: flatten(fields).map(toAttribute),
  }
}

function flatten(fields: object, prefix = ''): [string, unknown][] {
  return Object.entries(fields).flatMap(([name, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flatten(value, `${prefix}${name}.`)
      : [[prefix + name, value]],
  )
}

function toAttribute([key, value]: readonly [string, unknown]): Attribute {
  return { key, value: toValue(value) }
}

function toValue(value: unknown): Value {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: value } : { doubleValue: value }
  return { stringValue: typeof value === 'string' ? value : JSON.stringify(value) }
}
