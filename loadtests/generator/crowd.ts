import { Connection } from './connection.ts'
import type { Target } from './loopback.ts'

/** Connections to a target, or to several in turn, watched together for requests that take too long. */
export interface Crowd {
  readonly connections: readonly Connection[]
  /** One more, opened when it is first used. */
  grow(): Connection
  close(): void
}

/** How exact time-outs are: one timer for the whole crowd costs less than one for each request. */
const SWEEP_MS = 5

/** `count` connections, open when it resolves. */
export async function openCrowd(target: Target | readonly Target[], count: number): Promise<Crowd> {
  const targets = [target].flat()
  const connect = (i: number) => new Connection(targets[i % targets.length] as Target)
  const connections = Array.from({ length: count }, (_, i) => connect(i))
  await Promise.all(connections.map((connection) => connection.open()))
  const sweep = setInterval(() => {
    const now = performance.now()
    for (const connection of connections) connection.abandonLate(now)
  }, SWEEP_MS)
  return {
    connections,
    grow() {
      const extra = connect(connections.length)
      connections.push(extra)
      return extra
    },
    close() {
      clearInterval(sweep)
      for (const connection of connections) connection.close()
    },
  }
}
