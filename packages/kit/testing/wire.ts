import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A TCP wire to a server, to be cut and mended: while
 * cut, nobody can connect and what was connected is gone.
 */
export async function openWire(target: URL) {
  const ends = new Set<Socket>()
  let port = 0
  let server = await listen()

  async function listen() {
    const opened = createServer((near) => {
      const far = connect(Number(target.port), target.hostname)
      for (const [end, other] of [
        [near, far],
        [far, near],
      ] as const) {
        ends.add(end)
        end
          .on('error', () => undefined)
          .on('close', () => {
            ends.delete(end)
            other.destroy()
          })
        end.pipe(other)
      }
    })
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve))
    port = (opened.address() as AddressInfo).port
    return opened
  }

  async function cut(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const end of ends) end.destroy()
    await closed
  }

  return {
    url: `${target.protocol}//${target.hostname}:${port}`,
    cut,
    async mend(): Promise<void> {
      server = await listen()
    },
    close: cut,
  }
}
