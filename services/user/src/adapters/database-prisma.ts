import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from '@stampede/kit/postgres'
import { PrismaClient } from '../generated/client.ts'

export type Database = PrismaClient

/** The Prisma client on the service's one pool, whose limits and time-outs hold for it too. */
export function openDatabase(pool: Pool, schema: string): Database {
  // Minimal errors: Prisma's usual ones print the arguments of the failed call, and those are personal data.
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema }), errorFormat: 'minimal' })
}

const CHECK_MS = 1_000

/** Whether Postgres answers within a second. */
export async function checkDatabase(pool: Pool): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, CHECK_MS, 'does not answer in time').unref()
  })
  const asked = pool.query('SELECT 1').then(
    () => 'ok',
    () => 'does not answer',
  )
  return Promise.race([asked, late])
}
