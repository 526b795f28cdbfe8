import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Takes what is sent by OTLP over HTTP in JSON, on a free port of 127.0.0.1. */
export interface OtlpSink {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string
  close(): void
}

type Signal = 'logs' | 'metrics' | 'traces'

/** `take` is called with each body of the signal, parsed and as it came; others are taken and forgotten. */
export async function openOtlpSink<Sent>(
  signal: Signal,
  take: (sent: Sent, body: string) => void,
): Promise<OtlpSink> {
  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.url === `/v1/${signal}`) take(JSON.parse(body) as Sent, body)
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

export interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Attributes by their keys. */
export function toRecord(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
