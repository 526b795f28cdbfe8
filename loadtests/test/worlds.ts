import assert from 'node:assert/strict'
import { after } from 'node:test'
import { testEngines } from '@stampede/local/test-engines'
import { Client } from 'pg'
import type { Finding } from '../demo/books/books.ts'
import { makeWorld } from './small-world.ts'

/** A database in which all promises hold, and copies of it in which something was changed. */
export interface Worlds {
  /** The URL of the sound one. */
  readonly sound: string
  withChanged(sql: string, look: (url: string) => Promise<void>): Promise<void>
}

/** The books must find what the database refuses as well: it may have had other rules once. */
const UNGUARDED = `DO $$ DECLARE rule record; BEGIN
  FOR rule IN SELECT conrelid::regclass AS of, conname FROM pg_constraint
    WHERE contype IN ('c', 'f', 'u') AND conrelid >= 16384
  LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', rule.of, rule.conname); END LOOP;
  FOR rule IN SELECT indexrelid::regclass AS name FROM pg_index
    WHERE indisunique AND NOT indisprimary AND indpred IS NOT NULL AND indrelid >= 16384
  LOOP EXECUTE format('DROP INDEX %s', rule.name); END LOOP;
END $$`

/** They end with the test file that asked for them. */
export async function openWorlds(name: string): Promise<Worlds> {
  const world = `${name}_${process.pid}`
  // Asked for first, because these run in the order they were asked for: the engines may end with the file as
  // well.
  after(async () => {
    await admin.query(`DROP DATABASE ${world}`)
    await admin.end()
  })
  const { DATABASE_URL } = await testEngines(['postgres'])
  const urlOf = (database: string) => {
    const url = new URL(DATABASE_URL)
    url.pathname = `/${database}`
    return url.href
  }
  const admin = new Client({ connectionString: DATABASE_URL })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${world}`)
  await use(urlOf(world), makeWorld)
  return {
    sound: urlOf(world),
    async withChanged(sql, look) {
      const copy = `${world}_changed`
      await admin.query(`CREATE DATABASE ${copy} TEMPLATE ${world}`)
      try {
        await use(urlOf(copy), (client) => client.query(`${UNGUARDED}; ${sql}`))
        await look(urlOf(copy))
      } finally {
        await admin.query(`DROP DATABASE ${copy}`)
      }
    },
  }
}

export function assertBroken(findings: readonly Finding[], title: RegExp): void {
  const finding = findings.find((each) => title.test(each.title))
  assert.ok(finding, `no promise is called ${title}`)
  assert.ok(finding.broken > 0 && finding.first.length > 0, `nothing was found by: ${finding.title}`)
}

async function use(connectionString: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
