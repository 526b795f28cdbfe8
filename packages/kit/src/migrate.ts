import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Pool } from './postgres.ts'

const LOCK = 718_281_828
const TURN_MS = 60_000

/** What the process that migrates is told. `prismaDir` holds schema.prisma and migrations/. */
export interface MigrationOrder {
  readonly url: string
  readonly schema: string
  readonly prismaDir: string
}

/**
 * Applies a service's `prisma/migrations` to its schema, in order; a second run changes nothing.
 *
 * It is Prisma's own engine, in WebAssembly: the usual CLI would download a binary. It runs in a process that
 * ends with the work, so that its memory and its timers are gone: a thread would leave 12 MB behind.
 * Instances that start together take turns by an advisory lock.
 */
export async function migrate(pool: Pool, order: MigrationOrder): Promise<void> {
  const holder = await pool.connect()
  try {
    const text = `SET statement_timeout = ${TURN_MS}; SELECT pg_advisory_lock(${LOCK})`
    await holder.query({ text, query_timeout: TURN_MS })
    await holder.query(`CREATE SCHEMA IF NOT EXISTS ${holder.escapeIdentifier(order.schema)}`)
    await applyElsewhere(order)
  } finally {
    // Ends the connection, and with it the lock and the setting.
    holder.release(true)
  }
}

async function applyElsewhere(order: MigrationOrder): Promise<void> {
  const child = fork(new URL('./migrate-process.ts', import.meta.url))
  // By message, not by argument: the URL may hold a password, and arguments can be read by all.
  child.send(order)
  const late = setTimeout(() => child.kill(), TURN_MS)
  const [code] = await once(child, 'exit')
  clearTimeout(late)
  if (code !== 0) throw new Error(`the migrations of schema ${order.schema} failed`)
}
