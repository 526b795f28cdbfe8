import { Connection } from '@stampede/loadtests/generator/connection'
import type { Target } from '@stampede/loadtests/generator/loopback'

/** What came back over the wire, as it came. */
export interface WireAnswer {
  /** 0: no answer, and `text` says why. */
  readonly status: number
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers?: readonly string[]
  /** Sent as UTF-8, with its length. */
  readonly body?: string | undefined
}

const PATIENCE_MS = 10_000

/** Writes a request as it is meant, and no client library tidies it up on its way. */
export function writeRequest(
  { host, port }: Target,
  { method, path, headers = [], body }: WireRequest,
): string {
  const bytes = body === undefined ? '' : Buffer.from(body).toString('latin1')
  const length = body === undefined ? [] : [`content-length: ${bytes.length}`]
  return [`${method} ${path} HTTP/1.1`, `host: ${host}:${port}`, ...headers, ...length, '', bytes].join(
    '\r\n',
  )
}

/** One request over a connection of its own. Never rejects. */
export function askWire(target: Target, request: string): Promise<WireAnswer> {
  const connection = new Connection(target)
  return new Promise((told) => {
    const limit = setTimeout(() => finish({ status: 0, headers: new Map(), text: 'no answer' }), PATIENCE_MS)
    function finish(answer: WireAnswer): void {
      clearTimeout(limit)
      connection.close()
      told(answer)
    }
    connection.send({
      request,
      timeoutMs: PATIENCE_MS,
      done: (outcome) =>
        finish(
          'failure' in outcome
            ? { status: 0, headers: new Map(), text: outcome.failure }
            : {
                status: outcome.status,
                headers: readHeaders(outcome.head.toString('latin1')),
                text: outcome.body.toString(),
              },
        ),
    })
  })
}

export function readHeaders(head: string): Map<string, string> {
  const lines = head.split('\r\n').slice(1)
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
}
