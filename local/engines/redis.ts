import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import type { PartSpec, Report } from '../part.ts'
import type { Profile } from '../profile.ts'
import { findRedisServer } from './redis-binary.ts'

export type RedisName = 'redis-gate' | 'redis-queue'

const PING_MS = 1000
const PERSISTENCE = {
  // The gate is a view of the ledger: rebuilt when lost, so nothing old must ever come back from disk.
  'redis-gate': ['--save', '', '--appendonly', 'no'],
  // The queue holds chores that exist nowhere else until they are done.
  'redis-queue': ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'],
} as const

export async function prepareRedis(name: RedisName, profile: Profile, report: Report): Promise<PartSpec> {
  const server = await findRedisServer(report)
  const data = resolve(profile.home, name)
  const port = profile.port(name)
  mkdirSync(data, { recursive: true })
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', data]
  return {
    name,
    role: 'engine',
    url: `redis://127.0.0.1:${port}`,
    file: server.file,
    args: [...place, '--daemonize', 'no', '--maxmemory-policy', 'noeviction', ...PERSISTENCE[name]],
    env: server.env,
    channel: false,
    stop: { signal: 'SIGTERM', limitMs: 5000 },
    check: () => ping(port),
    readyMs: 20_000,
  }
}

/** A server that still loads its file answers LOADING: only PONG counts. */
function ping(port: number): Promise<void> {
  return new Promise((pong, fail) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write('PING\r\n'))
    const end = (problem?: Error) => {
      socket.destroy()
      if (problem) fail(problem)
      else pong()
    }
    socket.setTimeout(PING_MS, () => end(new Error('no answer')))
    socket.once('error', end)
    socket.once('data', (answer) =>
      end(String(answer).startsWith('+PONG') ? undefined : new Error(String(answer))),
    )
  })
}
