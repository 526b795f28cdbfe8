import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http'
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http'
import { MetricsExporterMetricsHelper } from '@opentelemetry/otlp-transformer'
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { counted } from './collect.ts'
import { withExemplars } from './exemplars.ts'
import { watchProcess } from './process-metrics.ts'

const EXPORT_MS = 5_000
/** Points in one request: some 300 bytes each. */
const POINTS_MAX = 2_000

/**
 * Sends what is counted every so often, by OTLP in JSON. One request at a time and none kept for later: a
 * collector that is away misses some points of the lines, and nothing waits for it.
 */
export function openMetricReader(everyMs: number): PeriodicExportingMetricReader {
  watchProcess()
  const timeoutMs = Math.min(everyMs, EXPORT_MS)
  return new PeriodicExportingMetricReader({
    exporter: openExporter(timeoutMs),
    exportIntervalMillis: everyMs,
    exportTimeoutMillis: timeoutMs,
    maxExportBatchSize: POINTS_MAX,
    metricProducers: [counted],
  })
}

function openExporter(timeoutMillis: number): OTLPMetricExporterBase {
  const headers = { 'Content-Type': 'application/json' }
  const where = convertLegacyHttpOptions({ timeoutMillis }, 'METRICS', 'v1/metrics', headers)
  const withoutMetrics = [MetricsExporterMetricsHelper, undefined] as const
  return new OTLPMetricExporterBase(
    createOtlpHttpExportDelegate(where, withExemplars, 'otlp_http_json_metric_exporter', ...withoutMetrics),
  )
}
