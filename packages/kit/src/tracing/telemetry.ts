import { hostname } from 'node:os'
import { diag } from '@opentelemetry/api'
import type { ServiceName } from '@stampede/contracts/telemetry'
import Type from 'typebox'
import { within } from '../limit.ts'
import type { Log } from '../log.ts'
import { hearLosses } from './lost-telemetry.ts'
import { Keeper, keepWith } from './spans.ts'

/**
 * What a service is told of telemetry. Of OpenTelemetry's other variables the exporters read theirs
 * (`OTEL_EXPORTER_OTLP_…`: headers, certificates, compression), and `OTEL_RESOURCE_ATTRIBUTES` is added to
 * what a process says of itself; its name, `OTEL_SERVICE_NAME`, is ours to give.
 */
export const telemetryVariables = {
  /** Nothing is sent, wherever it should go. */
  OTEL_SDK_DISABLED: Type.Boolean({ default: false }),
  /** Where spans and metrics go, e.g. `http://127.0.0.1:4318`; without it nothing of the SDK is loaded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  /** What takes longer than this is kept as a trace though it was not chosen, and so is what fails. */
  TRACE_SLOW_MS: Type.Integer({ minimum: 1, maximum: 60_000, default: 1_000 }),
  /** Most of those in a second, of each process. */
  TRACE_TAIL_PER_SECOND: Type.Integer({ minimum: 0, maximum: 1_000, default: 5 }),
  /** How often metrics are sent, in milliseconds. */
  OTEL_METRIC_EXPORT_INTERVAL: Type.Integer({ minimum: 1_000, maximum: 600_000, default: 10_000 }),
}

export interface TelemetryConfig {
  /** Where the process listens: beside the machine's name, what tells it from others of its service. */
  readonly PORT: number
  readonly OTEL_SDK_DISABLED: boolean
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  readonly TRACE_SLOW_MS: number
  readonly TRACE_TAIL_PER_SECOND: number
  readonly OTEL_METRIC_EXPORT_INTERVAL: number
}

/** Spans wait so long for company: less costs more requests, more loses more when a process is killed. */
const GATHER_MS = 100
const SPANS_MAX = 8_192
const EXPORT_MS = 5_000
const CLOSE_MS = 2_000

/**
 * Loads the SDK, if there is somewhere to send to. A collector that is away costs nothing but its spans:
 * those that do not fit into the queue are dropped, nobody waits for it, and the log says so.
 */
export async function startTelemetry(service: ServiceName, config: TelemetryConfig, log: Log) {
  if (config.OTEL_SDK_DISABLED || !config.OTEL_EXPORTER_OTLP_ENDPOINT) return { close: async () => undefined }
  // Loaded only here: who sends nothing starts half a second sooner.
  const [
    { NodeSDK },
    { BatchSpanProcessor },
    { OTLPTraceExporter },
    { detectResources, resourceAttributesEnvDetector, resourceFromAttributes },
    { openMetricReader },
  ] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('../metrics/exporting.ts'),
  ])
  const own = {
    'service.name': service,
    'service.namespace': 'stampede',
    // The same when it is started anew: lines that ended with a crash would be looked at for minutes more.
    'service.instance.id': `${hostname()}:${config.PORT}`,
  }
  const given = detectResources({ detectors: [resourceAttributesEnvDetector] })
  const resource = given.merge(resourceFromAttributes(own))
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ timeoutMillis: EXPORT_MS }),
    maxQueueSize: SPANS_MAX,
    scheduledDelayMillis: GATHER_MS,
    exportTimeoutMillis: EXPORT_MS,
  })
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    textMapPropagator: null,
    spanProcessors: [processor],
    metricReaders: [openMetricReader(config.OTEL_METRIC_EXPORT_INTERVAL)],
    logRecordProcessors: [],
  })
  diag.setLogger(hearLosses(log), { suppressOverrideMessage: true })
  sdk.start()
  keepWith(
    new Keeper({
      resource,
      take: (span) => processor.onEnd(span),
      slowMs: config.TRACE_SLOW_MS,
      tailPerSecondMax: config.TRACE_TAIL_PER_SECOND,
    }),
  )
  return {
    async close(): Promise<undefined> {
      keepWith(undefined)
      await within(CLOSE_MS, 'sending the last spans', sdk.shutdown()).catch((error: unknown) => {
        log.debug({ err: error }, 'the last spans were not sent')
      })
    },
  }
}
