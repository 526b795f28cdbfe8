import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { openLog } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPool } from '@stampede/kit/postgres'
import { testEngines } from '@stampede/local/test-engines'
import pg from 'pg'

/** Each service with books, and its schema. */
export const SCHEMAS = {
  inventory: 'inventory',
  order: 'orders',
  payment: 'payments',
  functions: 'functions',
  provider: 'provider',
  user: 'users',
} as const

/** A database of its own with all schemas as the services' migrations make them, and nothing in them. */
export async function openAllBooks() {
  const { DATABASE_URL } = await testEngines(['postgres'])
  const name = `books_${randomBytes(4).toString('hex')}`
  const maintenance = new pg.Client({ connectionString: DATABASE_URL })
  await maintenance.connect()
  await maintenance.query(`CREATE DATABASE ${name}`)
  const url = new URL(DATABASE_URL)
  url.pathname = `/${name}`
  for (const [service, schema] of Object.entries(SCHEMAS)) await migrateOne(url.href, service, schema)
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  return {
    url: url.href,
    client,
    async close(): Promise<void> {
      await client.end()
      await maintenance.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await maintenance.end()
    },
  }
}

async function migrateOne(url: string, service: string, schema: string): Promise<void> {
  const log = openLog('test', 'error')
  const pool = openPool({ url, schema, service: 'test', connectionsMax: 2, log })
  const prismaDir = fileURLToPath(new URL(`../../services/${service}/prisma`, import.meta.url))
  try {
    await migrate(pool, { url, schema, prismaDir })
  } finally {
    await pool.end()
  }
}
