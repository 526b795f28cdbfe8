import { Client } from 'pg'
import type { AttemptEntry } from '../journal.ts'
import { type MoneyAccount, readAccounts, type SaleAccount } from './accounts.ts'
import { EFFECT_PROMISES } from './effect-promises.ts'
import { EVENT_PROMISES, GATE_PROMISES } from './event-promises.ts'
import { MONEY_PROMISES } from './money-promises.ts'
import { BOOK_PROMISES, type BookPromise } from './promises.ts'
import { findUndeserved, type Undeserved } from './refusals.ts'
import { STEP_PROMISES } from './step-promises.ts'
import { type Evidence, layOut, PICK_OURS } from './tables.ts'
import type { Holding } from './timeline.ts'

/** A promise with what breaks it: the first ten, and how many there are. */
export interface Finding {
  readonly title: string
  readonly broken: number
  readonly first: readonly Undeserved[]
}

export interface Books {
  readonly findings: readonly Finding[]
  readonly accounts: readonly SaleAccount[]
  readonly money: MoneyAccount
}

const SHOWN_MAX = 10

// From its reservation until its order ended, and again from its revival until it was refunded.
const HOLDINGS = `
SELECT r.sale_id AS "saleId", r.user_id AS "userId", r.quantity,
       extract(epoch FROM held.since)::float8 * 1000 AS "from",
       extract(epoch FROM held.until)::float8 * 1000 AS "to"
FROM our_claim r, LATERAL (
  SELECT r.reserved_at AS since, (SELECT min(at) FROM orders.order_step s WHERE s.order_id = r.claim_id
    AND s.state IN ('cancelled', 'expired', 'refunded')) AS until
  UNION ALL
  SELECT least(v.at, r.revived_at), (SELECT min(at) FROM orders.order_step s WHERE s.order_id = r.claim_id
    AND s.state = 'refunded')
  FROM orders.order_step v WHERE v.order_id = r.claim_id AND v.cause = 'revived'
) held`

const PROMISES = [
  ...BOOK_PROMISES,
  ...STEP_PROMISES,
  ...MONEY_PROMISES,
  ...EFFECT_PROMISES,
  ...EVENT_PROMISES,
  ...GATE_PROMISES,
]

/** Checks every promise in one snapshot of Postgres, against the journal, Kafka and the gate. */
export async function checkBooks(databaseUrl: string, evidence: Evidence): Promise<Books> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await layOut(client, evidence)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query(PICK_OURS)
    const findings: Finding[] = []
    for (const promise of PROMISES) findings.push(await find(client, promise))
    const { rows: holdings } = await client.query<Holding>(HOLDINGS)
    const { accounts, money } = await readAccounts(client)
    await client.query('COMMIT')
    return { findings: [...findings, ...judgeAnswers(evidence, holdings)], accounts, money }
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
