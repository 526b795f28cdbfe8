import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { pino } from 'pino'
import { until } from '../../testing/until.ts'
import { readConfig } from '../config.ts'
import { isTracing, keepSpan } from './spans.ts'
import { startTelemetry, telemetryVariables } from './telemetry.ts'
import { newTraceId } from './trace-id.ts'

interface Sent {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly { key: string; value: { stringValue?: string } }[] }
  }[]
}

/** Hears everything and takes nothing. */
const heard: Sent[] = []
const grumpy = createServer(async (request, response) => {
  heard.push(JSON.parse(await text(request)) as Sent)
  response.writeHead(400).end()
})
const lines: { msg: string; level: number }[] = []
const log = pino({}, { write: (line) => void lines.push(JSON.parse(line)) })

before(async () => {
  await new Promise<void>((listens) => grumpy.listen(0, '127.0.0.1', listens))
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(grumpy.address() as AddressInfo).port}`
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=shop,service.name=another'
})
after(() => {
  grumpy.close()
  grumpy.closeAllConnections()
})

const configOf = (own: Record<string, string>) => ({
  ...readConfig(telemetryVariables, { ...process.env, ...own }),
  PORT: 1,
})

test('switched off, nothing is kept, wherever it should go', async () => {
  const telemetry = await startTelemetry('order', configOf({ OTEL_SDK_DISABLED: 'true' }), log)
  assert.equal(isTracing(), false)
  await telemetry.close()
})

test('a span says whose it is, with what else was given, and its loss is in the log', async () => {
  const telemetry = await startTelemetry('order', configOf({ OTEL_SDK_DISABLED: 'false' }), log)
  try {
    keepSpan('order request', newTraceId(true), { startMs: 1, endMs: 2 })
    await until('the span', () => heard.some(({ resourceSpans }) => resourceSpans))
    await until('the warning', () => lines.length > 0)
  } finally {
    await telemetry.close()
  }
  const [spans] = heard.flatMap(({ resourceSpans = [] }) => resourceSpans)
  assert.ok(spans)
  const told = Object.fromEntries(spans.resource.attributes.map(({ key, value }) => [key, value.stringValue]))
  assert.deepEqual(
    [told['service.name'], told['service.namespace'], told['deployment.environment.name']],
    ['order', 'stampede', 'shop'],
  )
  assert.deepEqual([lines[0]?.msg, lines[0]?.level], ['telemetry may be lost', 40])
})
