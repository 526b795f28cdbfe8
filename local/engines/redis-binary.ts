import { accessSync, constants, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import type { Report } from '../part.ts'
import { bringOnce, runCommand } from './bring.ts'

export interface RedisServer {
  readonly file: string
  readonly env: NodeJS.ProcessEnv
}

const MISSING =
  'Redis is not on PATH: install it (Debian: apt-get install redis-server; macOS: brew install redis)'

/** The `redis-server` on PATH, else Debian's, unpacked into our cache: no root needed, nothing installed. */
export async function findRedisServer(report: Report): Promise<RedisServer> {
  const onPath = findOnPath('redis-server')
  if (onPath) return { file: onPath, env: process.env }
  if (!findOnPath('apt-get') || !findOnPath('dpkg-deb')) throw new Error(`${MISSING}, or set REDIS_URL`)
  const root = await bringOnce({ name: 'redis-debian', report, fill: unpackFromDebian }).catch(
    (error: Error) => {
      throw new Error(`${MISSING}, or set REDIS_URL. Debian's package could not be fetched: ${error.message}`)
    },
  )
  const libraries = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\.so(\.\d+)*$/.test(path),
  )
  const folders = new Set(libraries.map((path) => dirname(resolve(root, path))))
  return {
    file: resolve(root, 'usr/bin/redis-server'),
    env: { ...process.env, LD_LIBRARY_PATH: [...folders].join(':') },
  }
}

export function findOnPath(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => resolve(folder, name)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** apt with lists and archives of its own: it reads the machine's sources and writes only into our folder. */
async function unpackFromDebian(folder: string): Promise<void> {
  const apt = resolve(folder, 'apt')
  mkdirSync(`${apt}/state/lists/partial`, { recursive: true })
  mkdirSync(`${apt}/cache/archives/partial`, { recursive: true })
  const options = [
    `Dir::State=${apt}/state`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${apt}/cache`,
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
  ].flatMap((option) => ['-o', option])
  // Some images end an update with a hook that only root may run: the next step tells whether it worked.
  await runCommand({ file: 'apt-get', args: [...options, '-qq', 'update'] }).catch(() => undefined)
  const install = ['-y', '-qq', '--no-install-recommends', '--download-only', 'install', 'redis-server']
  await runCommand({ file: 'apt-get', args: [...options, ...install] })
  const archives = readdirSync(`${apt}/cache/archives`).filter((name) => name.endsWith('.deb'))
  for (const archive of archives) {
    await runCommand({ file: 'dpkg-deb', args: ['-x', `${apt}/cache/archives/${archive}`, folder] })
  }
  rmSync(apt, { recursive: true, force: true })
}
