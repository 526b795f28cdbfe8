import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Pool } from './postgres.ts'

const LOCK = 718_281_828

/** What the worker is told. `prismaDir` holds schema.prisma and migrations/. */
export interface MigrationOrder {
  readonly url: string
  readonly schema: string
  readonly prismaDir: string
}

/**
 * Applies a service's `prisma/migrations` to its schema, in order; a second run changes nothing.
 *
 * It is Prisma's own engine, in WebAssembly: the usual CLI would download a binary. It runs in a worker that ends with
 * the work, so that its memory and its timers are gone. Instances that start together take turns by an advisory lock.
 */
export async function migrate(pool: Pool, order: MigrationOrder): Promise<void> {
  const holder = await pool.connect()
  try {
    await holder.query(`SET statement_timeout = '60s'; SELECT pg_advisory_lock(${LOCK})`)
    await holder.query(`CREATE SCHEMA IF NOT EXISTS ${holder.escapeIdentifier(order.schema)}`)
    const worker = new Worker(new URL('./migrate-worker.ts', import.meta.url), { workerData: order })
    await once(worker, 'message')
    await worker.terminate()
  } finally {
    // Ends the connection, and with it the lock and the setting.
    holder.release(true)
  }
}
