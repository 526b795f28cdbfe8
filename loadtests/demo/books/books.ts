import { Client } from 'pg'
import { type MoneyAccount, readAccounts, type SaleAccount } from './accounts.ts'
import { ANSWER_PROMISES } from './answer-promises.ts'
import { judgeAnswers } from './answers.ts'
import { EFFECT_PROMISES } from './effect-promises.ts'
import { EVENT_PROMISES, GATE_PROMISES } from './event-promises.ts'
import { layOut } from './lay-out.ts'
import { MONEY_PROMISES } from './money-promises.ts'
import { BOOK_PROMISES, type BookPromise } from './promises.ts'
import type { Undeserved } from './refusals.ts'
import { STEP_PROMISES } from './step-promises.ts'
import { type Evidence, PICK_OURS } from './tables.ts'

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

const PROMISES = [
  ...BOOK_PROMISES,
  ...STEP_PROMISES,
  ...MONEY_PROMISES,
  ...EFFECT_PROMISES,
  ...EVENT_PROMISES,
  ...GATE_PROMISES,
  ...ANSWER_PROMISES,
]

/**
 * Checks every promise in one snapshot of Postgres, against the journal, Kafka and the gate. `further` may
 * look at the same snapshot and at the tables of the evidence.
 */
export async function checkBooks(
  databaseUrl: string,
  evidence: Evidence,
  further?: (client: Client) => Promise<void>,
): Promise<Books> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    // A long run is compared in hash tables, which must fit.
    await client.query("SET work_mem = '256MB'")
    await layOut(client, evidence)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query(PICK_OURS)
    await client.query("SELECT set_config('books.poison', $1, true)", [evidence.faults?.poisonMarker ?? ''])
    const findings: Finding[] = []
    const promises = PROMISES.flatMap((promise) => promisesFor(evidence, promise))
    for (const promise of promises) findings.push(await find(client, promise))
    findings.push(await judgeAnswers(client, evidence))
    await further?.(client)
    const { accounts, money } = await readAccounts(client)
    await client.query('COMMIT')
    return { findings, accounts, money }
  } finally {
    await client.end()
  }
}

async function find(client: Client, { title, sql }: Pick<BookPromise, 'title' | 'sql'>): Promise<Finding> {
  const { rows } = await client.query<Undeserved & { total: number }>(
    `SELECT id::text, why, (count(*) OVER ())::int AS total FROM (${sql}) broken LIMIT ${SHOWN_MAX}`,
  )
  return { title, broken: rows[0]?.total ?? 0, first: rows.map(({ id, why }) => ({ id, why })) }
}

/** What is to be asked of this evidence. */
function promisesFor({ faults }: Evidence, promise: BookPromise): Pick<BookPromise, 'title' | 'sql'>[] {
  if (!faults || promise.underFaults === undefined) return [promise]
  return promise.underFaults === null ? [] : [promise.underFaults]
}
