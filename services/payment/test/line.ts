import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** `pass` on; `deaf`: no answer; `swallow`: pass on, but keep the answer; a number: refuse with that. */
export type Fate = 'pass' | 'deaf' | 'swallow' | number

export interface Call {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** What the other end said, when it has. */
  status?: number
}

/** A line between two services, in the test's hand. `target` turns a request into one to the other end. */
export async function openLine(target: (call: Call) => { url: string; init: RequestInit }) {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const { method = '', url: path = '', headers } = request
    const call: Call = { method, path, headers, body: Buffer.concat(parts).toString() }
    calls.push(call)
    const fate = line.fate(call)
    if (fate === 'deaf') return
    if (typeof fate === 'number') return void response.writeHead(fate).end()
    const { url, init } = target(call)
    const answer = await fetch(url, init).catch(() => undefined)
    const text = await answer?.text()
    if (answer) call.status = answer.status
    if (fate === 'swallow') return
    response.writeHead(answer?.status ?? 502, { 'content-type': 'application/json' }).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const line = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    fate: (_call: Call): Fate => 'pass',
    count: (method: string, path: RegExp) =>
      calls.filter((call) => call.method === method && path.test(call.path)).length,
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return line
}
