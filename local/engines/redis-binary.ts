import { accessSync, constants, readdirSync } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import type { Report } from '../part.ts'
import { bringOnce } from './bring.ts'
import { unpackFromDebian } from './debian.ts'

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
  const root = await bringOnce({
    name: 'redis-debian',
    report,
    fill: (folder) => unpackFromDebian('redis-server', folder),
  }).catch((error: Error) => {
    throw new Error(`${MISSING}, or set REDIS_URL. Debian's package could not be fetched: ${error.message}`)
  })
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
