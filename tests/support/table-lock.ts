import pg from 'pg'
import type { House } from './house.ts'

/** Keeps everybody from writing to a table, as a slow disk or a long migration would; readers go on. */
export interface TableLock {
  release(): Promise<void>
}

export async function lockTable({ system }: Pick<House, 'system'>, table: string): Promise<TableLock> {
  const client = new pg.Client({ connectionString: system.engines.DATABASE_URL })
  // The server may go before the lock does, when a test fails.
  client.on('error', () => undefined)
  await client.connect()
  await client.query('BEGIN')
  await client.query(`LOCK TABLE ${table} IN SHARE MODE`)
  return { release: () => client.end() }
}
