import { Client } from 'pg'
import type { AttemptEntry } from '../journal.ts'
import { EVENT_PROMISES, GATE_PROMISES } from './event-promises.ts'
import { BOOK_PROMISES, type BookPromise } from './promises.ts'
import { findUndeserved, type Undeserved } from './refusals.ts'
import { type Evidence, layOut, PICK_OURS } from './tables.ts'
import type { Holding } from './timeline.ts'

/** A promise with what breaks it: the first ten, and how many there are. */
export interface Finding {
  readonly title: string
  readonly broken: number
  readonly first: readonly Undeserved[]
}

/** What the ledger says about one sale. Units, except where orders are named. */
export interface SaleAccount {
  readonly saleId: string
  readonly initial: number
  readonly available: number
  readonly everReserved: number
  readonly orders: number
  readonly cancelledOrders: number
  readonly cancelledUnits: number
  readonly expiredOrders: number
  readonly expiredUnits: number
}

export interface Books {
  readonly findings: readonly Finding[]
  readonly accounts: readonly SaleAccount[]
}

const SHOWN_MAX = 10

const HOLDINGS = `
SELECT r.sale_id AS "saleId", r.user_id AS "userId", r.quantity,
       extract(epoch FROM r.reserved_at)::float8 * 1000 AS "from",
       extract(epoch FROM s.at)::float8 * 1000 AS "to"
FROM our_claim r LEFT JOIN orders.order_step s ON s.order_id = r.claim_id`

const ACCOUNTS = `
SELECT s.sale_id AS "saleId", s.units AS initial, s.available, o.*
FROM inventory.sale s JOIN asked_sale USING (sale_id), LATERAL (
  SELECT coalesce(sum(quantity), 0)::int AS "everReserved", count(*)::int AS orders,
         (count(*) FILTER (WHERE state = 'cancelled'))::int AS "cancelledOrders",
         coalesce(sum(quantity) FILTER (WHERE state = 'cancelled'), 0)::int AS "cancelledUnits",
         (count(*) FILTER (WHERE state = 'expired'))::int AS "expiredOrders",
         coalesce(sum(quantity) FILTER (WHERE state = 'expired'), 0)::int AS "expiredUnits"
  FROM our_order WHERE sale_id = s.sale_id) o`

/** Checks every promise in one snapshot of Postgres, against the journal, Kafka and the gate. */
export async function checkBooks(databaseUrl: string, evidence: Evidence): Promise<Books> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await layOut(client, evidence)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query(PICK_OURS)
    const findings: Finding[] = []
    for (const promise of [...BOOK_PROMISES, ...EVENT_PROMISES, ...GATE_PROMISES]) {
      findings.push(await find(client, promise))
    }
    const { rows: holdings } = await client.query<Holding>(HOLDINGS)
    const { rows: accounts } = await client.query<SaleAccount>(ACCOUNTS)
    await client.query('COMMIT')
    return { findings: [...findings, ...judgeAnswers(evidence, holdings)], accounts }
  } finally {
    await client.end()
  }
}

async function find(client: Client, { title, sql }: BookPromise): Promise<Finding> {
  const { rows } = await client.query<Undeserved & { total: number }>(
    `SELECT id::text, why, (count(*) OVER ())::int AS total FROM (${sql}) broken LIMIT ${SHOWN_MAX}`,
  )
  return { title, broken: rows[0]?.total ?? 0, first: rows.map(({ id, why }) => ({ id, why })) }
}

function judgeAnswers({ journal, sales, quota }: Evidence, holdings: readonly Holding[]): Finding[] {
  const attempts = journal.filter((entry): entry is AttemptEntry => entry.entry === 'attempt')
  const undeserved = findUndeserved(attempts, {
    sales,
    quota,
    holdings: holdings.map((each) => ({ ...each, to: each.to ?? undefined })),
  })
  const crashes = journal.flatMap((entry) => {
    const isCrash = entry.status >= 500 && entry.status !== 503 && entry.status !== 504
    const id = entry.entry === 'attempt' ? `${entry.userId} ${entry.key}` : entry.orderId
    return isCrash ? [{ id, why: `${entry.entry}: ${entry.status} ${entry.code}` }] : []
  })
  return [
    toFinding('every answer is one that its attempt deserved', undeserved),
    toFinding('no 5xx (503 and 504 apart)', crashes),
  ]
}

function toFinding(title: string, broken: readonly Undeserved[]): Finding {
  return { title, broken: broken.length, first: broken.slice(0, SHOWN_MAX) }
}
