import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A way to Postgres that can be held: what is said into it meanwhile arrives later, complete and in order.
 */
export interface HeldLine {
  /** The database's address by way of this line. */
  readonly url: string
  /** The client ports of its connections, by which Postgres' own tables name them. */
  ports(): number[]
  hold(): void
  release(): void
  /** All bytes that went to the server since the last release, as latin1. */
  saidSinceRelease(): string
  close(): Promise<void>
}

export async function openHeldLine(databaseUrl: string): Promise<HeldLine> {
  const { hostname, port } = new URL(databaseUrl)
  const pairs = new Set<{ readonly client: Socket; readonly server: Socket }>()
  let held = false
  let said = ''

  const listener = createServer((client) => {
    const pair = { client, server: connect({ host: hostname, port: Number(port) }) }
    pairs.add(pair)
    if (held) client.pause()
    client.on('data', (bytes) => {
      said += bytes.toString('latin1')
      pair.server.write(bytes)
    })
    pair.server.on('data', (bytes) => client.write(bytes))
    for (const socket of [client, pair.server]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pair.client.destroy()
        pair.server.destroy()
        pairs.delete(pair)
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = new URL(databaseUrl)
  url.port = String((listener.address() as AddressInfo).port)

  return {
    url: url.href,
    ports: () => [...pairs].flatMap(({ server }) => server.localPort ?? []),
    hold() {
      held = true
      for (const { client } of pairs) client.pause()
    },
    release() {
      held = false
      said = ''
      for (const { client } of pairs) client.resume()
    },
    saidSinceRelease: () => said,
    async close() {
      listener.close()
      for (const { client } of pairs) client.destroy()
      await once(listener, 'close')
    },
  }
}
