import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A log record that was shipped. */
export interface SeenRecord {
  readonly severityText?: string
  readonly body: { readonly stringValue: string }
  readonly traceId?: string
  readonly timeUnixNano: string
  readonly attributes?: readonly { readonly key: string; readonly value: object }[]
}

/** A backend: takes logs by OTLP over HTTP in JSON. */
export interface LogSink {
  readonly url: string
  readonly records: readonly SeenRecord[]
  /** The requests' bodies as they came. */
  readonly texts: readonly string[]
  close(): void
}

interface Sent {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly { readonly logRecords: readonly SeenRecord[] }[]
  }[]
}

/** Listens on a free port of 127.0.0.1. */
export async function openLogSink(): Promise<LogSink> {
  const records: SeenRecord[] = []
  const texts: string[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.url === '/v1/logs') {
      texts.push(body)
      const { resourceLogs } = JSON.parse(body) as Sent
      records.push(
        ...resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords)),
      )
    }
    response.setHeader('content-type', 'application/json').end('{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    records,
    texts,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
