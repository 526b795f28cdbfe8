import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A collector on another machine, as far as the system can tell. */
export interface Sink {
  readonly url: string
  close(): Promise<void>
}

/** It takes whatever comes and forgets it; when it `is deaf` it never answers. */
export async function openSink(manner: 'answers' | 'is deaf'): Promise<Sink> {
  const child = fork(import.meta.filename, [manner])
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return {
    url,
    async close() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

async function serve(manner: string | undefined): Promise<void> {
  const server = createServer((request, response) => {
    request.resume()
    if (manner === 'is deaf') return
    request.once('end', () => response.setHeader('content-type', 'application/json').end('{}'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.on('disconnect', () => process.exit(0))
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

if (import.meta.main) await serve(process.argv[2])
