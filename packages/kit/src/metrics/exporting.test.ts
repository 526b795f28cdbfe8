import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { until } from '../../testing/until.ts'
import { openMetricReader } from './exporting.ts'

const EVERY_MS = 100

test('a collector that never answers has one request before it, whatever time that takes', async (t) => {
  let [open, most, asked] = [0, 0, 0]
  const deaf = createServer((request, response) => {
    asked++
    open++
    most = Math.max(most, open)
    request.resume()
    response.once('close', () => open--)
  })
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`
  const provider = new MeterProvider({ readers: [openMetricReader(EVERY_MS)] })
  t.after(async () => {
    deaf.close()
    deaf.closeAllConnections()
    await provider.shutdown().catch(() => undefined)
  })
  await until('it was asked in vain some times', async () => asked >= 4)
  assert.equal(most, 1)
})
