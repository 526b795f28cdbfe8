import type { Client } from 'pg'
import type { AttemptEntry } from '../journal.ts'
import type { Finding } from './books.ts'
import { readHoldings } from './holdings.ts'
import { findUndeserved, type SaleTerms, type Undeserved } from './refusals.ts'
import type { Evidence } from './tables.ts'

const SHOWN_MAX = 10

const COLUMNS = `'attempt' AS entry, kind, detail, user_id AS "userId", sale_id AS "saleId", key, quantity,
  sent_ms AS "sentAt", took_ms AS "tookMs", status, code`
const OF_SALE = `SELECT ${COLUMNS} FROM attempt WHERE sale_id = $1`
/** All attempts, at whatever sale, of those who were told here that they come too often. */
const OF_HASTY = `
SELECT ${COLUMNS} FROM attempt WHERE kind <> 'bad-token' AND user_id IN (
  SELECT user_id FROM attempt WHERE sale_id = $1 AND code = 'quota_exceeded')`

/** Judges what the attempts were told, sale by sale. */
export async function judgeAnswers(client: Client, evidence: Evidence): Promise<Finding> {
  const first: Undeserved[] = []
  let broken = 0
  for (const sale of evidence.sales) {
    const undeserved = await judgeSale(client, sale, evidence)
    broken += undeserved.length
    first.push(...undeserved.slice(0, SHOWN_MAX - first.length))
  }
  return { title: 'every answer is one that its attempt deserved', broken, first }
}

async function judgeSale(client: Client, sale: SaleTerms, evidence: Evidence): Promise<Undeserved[]> {
  const { quota, faults } = evidence
  const { rows: attempts } = await client.query<AttemptEntry>(OF_SALE, [sale.saleId])
  const { rows: counted } = await client.query<AttemptEntry>(OF_HASTY, [sale.saleId])
  const holdings = await readHoldings(client, sale.saleId, faults)
  return findUndeserved(attempts.map(withoutNulls), { sales: [sale], quota, holdings, counted })
}

function withoutNulls({ detail, code, ...rest }: AttemptEntry): AttemptEntry {
  return { ...rest, ...(detail && { detail }), ...(code && { code }) }
}
