import { Connection, type Outcome } from '../../generator/connection.ts'
import { loopbackTarget } from '../../generator/loopback.ts'
import { buildRequest, type RequestParts } from '../../generator/request.ts'
import { readCode } from '../../generator/tally.ts'

/** Status 0: no answer, and `failure` says why. `body` is that of a success. */
export interface Reply {
  readonly status: number
  readonly code?: string
  readonly failure?: string
  readonly body?: string
}

/** The way to several gateways. A request that finds no free connection fails at once: nothing waits here. */
export interface Wire {
  readonly gateways: number
  send(gateway: number, request: RequestParts): Promise<Reply>
  close(): void
}

/** A gateway answers within two seconds, or says that it could not. */
const PATIENCE_MS = 4_000
/** At each gateway. Of a gateway that stands still, so many clients wait at once. */
const CONNECTIONS_MAX = 1_024
const SWEEP_MS = 20

/** `origins` of gateways on this machine. */
export function openWire(origins: readonly string[]): Wire {
  const lines = origins.map(openLine)
  const sweep = setInterval(() => {
    const now = performance.now()
    for (const line of lines) line.abandonLate(now)
  }, SWEEP_MS)
  return {
    gateways: origins.length,
    send(gateway, request) {
      const line = lines[gateway % lines.length]
      if (!line) throw new Error('there is no gateway')
      return line.send(request)
    },
    close() {
      clearInterval(sweep)
      for (const line of lines) line.close()
    },
  }
}

function openLine(origin: string) {
  const target = loopbackTarget(origin)
  const connections: Connection[] = []
  const idle: Connection[] = []

  function take(): Connection | undefined {
    const free = idle.pop()
    if (free || connections.length >= CONNECTIONS_MAX) return free
    const connection = new Connection(target)
    connections.push(connection)
    return connection
  }

  return {
    send(parts: RequestParts): Promise<Reply> {
      const connection = take()
      if (!connection) return Promise.resolve({ status: 0, failure: 'no-connection' })
      return new Promise((answered) => {
        connection.send({
          request: buildRequest(target, parts),
          timeoutMs: PATIENCE_MS,
          done(outcome) {
            idle.push(connection)
            answered(readReply(outcome))
          },
        })
      })
    },
    abandonLate(now: number) {
      for (const connection of connections) connection.abandonLate(now)
    },
    close() {
      for (const connection of connections) connection.close()
    },
  }
}

function readReply(outcome: Outcome): Reply {
  if ('failure' in outcome) return { status: 0, failure: outcome.failure }
  const { status, body } = outcome
  return status < 300
    ? { status, body: body.toString() }
    : { status, code: status >= 400 ? (readCode(body) ?? 'none') : 'none' }
}
