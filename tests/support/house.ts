import { after } from 'node:test'
import type { Audit } from '@stampede/contracts/sales'
import type { Buyers, Session } from '@stampede/contracts/users'
import type { Entry } from '@stampede/loadtests/demo/journal'
import { loopbackTarget, type Target } from '@stampede/loadtests/generator/loopback'
import { enterAsOperator, type Operator, type SaleTerms } from '@stampede/loadtests/system/operator'
import { openSystem, type System, type SystemChoice } from '@stampede/local'
import pg from 'pg'

export type Buyer = Buyers['buyers'][number]

/** A sale as it was put up, for the books. */
export interface OpenedSale {
  readonly saleId: string
  readonly units: number
  readonly limit: number
}

/** The running system of one test file, and all that its clients were told. */
export interface House {
  readonly system: System
  /** The gateway's origin. */
  readonly url: string
  readonly target: Target
  readonly operator: Operator
  readonly operatorToken: string
  readonly sales: OpenedSale[]
  readonly journal: Entry[]
  openSale(terms: Partial<SaleTerms>): Promise<OpenedSale>
  audit(saleId: string): Promise<Audit>
}

const CALL_MS = 10_000
/** Roomy, so that no order expires while a test looks at other things. */
const TERMS: SaleTerms = { title: 'Test', units: 1, limitPerUser: 1, paymentWindowSeconds: 3600 }

/**
 * Starts everything for a test file, which then ends with its tests, passed or failed. Quotas are lifted:
 * they are the subject of one test and would only disturb the others.
 */
export async function openHouse(choice: Omit<SystemChoice, 'profile'>): Promise<House> {
  const gateway = { QUOTA_ATTEMPTS: '1000000', QUOTA_LOGINS: '1000000', ...choice.env?.gateway }
  const system = await openSystem({
    fresh: true,
    ...choice,
    profile: 'test',
    env: { ...choice.env, gateway },
  })
  after(() => system.close())
  const url = system.url('gateway')
  const operator = await enterAsOperator(url)
  const operatorToken = await logIn(url, 'operator@stampede.local', 'operator')
  const sales: OpenedSale[] = []
  return {
    ...{ system, url, operator, operatorToken, sales },
    target: loopbackTarget(url),
    journal: [],
    async openSale(terms) {
      const { units, limitPerUser, ...rest } = { ...TERMS, ...terms }
      const { saleId } = await operator.openSale({ units, limitPerUser, ...rest })
      const sale = { saleId, units, limit: limitPerUser }
      sales.push(sale)
      return sale
    },
    async audit(saleId) {
      const { status, body } = await call(`${url}/api/sales/${saleId}/audit`, { token: operatorToken })
      if (status !== 200) throw new Error(`audit: ${status} ${body}`)
      return JSON.parse(body) as Audit
    },
  }
}

/** A system in trouble may fail to answer; the next look decides. */
export async function isSoldOut(house: Pick<House, 'audit'>, saleId: string): Promise<boolean> {
  const audit = await house.audit(saleId).catch(() => undefined)
  return audit?.available === 0
}

export interface Call {
  readonly method?: string
  readonly token?: string
  readonly body?: unknown
  /** The Idempotency-Key. */
  readonly key?: string
}

/** One call of the public API, waited for at most ten seconds. */
export async function call(url: string, { method = 'GET', token, body, key }: Call = {}) {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(key !== undefined && { 'idempotency-key': key }),
  }
  const answer = await fetch(url, {
    ...{ method, headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_MS),
  })
  return { status: answer.status, body: await answer.text() }
}

export async function logIn(url: string, email: string, password: string): Promise<string> {
  const { status, body } = await call(`${url}/api/sessions`, { method: 'POST', body: { email, password } })
  if (status !== 201) throw new Error(`log in: ${status} ${body}`)
  return (JSON.parse(body) as Session).accessToken
}

/**
 * Asks Postgres over a connection of its own: one that is
 * kept would not outlive a test that kills the server.
 */
export async function query<Row extends object>(
  { system }: Pick<House, 'system'>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: system.engines.DATABASE_URL })
  await client.connect()
  try {
    return (await client.query<Row>(sql, [...values])).rows
  } finally {
    await client.end()
  }
}
