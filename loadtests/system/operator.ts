import type { NewSale, Sale, StageName, Variant } from '@stampede/contracts/sales'
import type { Buyers, Session } from '@stampede/contracts/users'
import type { Watched } from '@stampede/contracts/watch'
import { loopbackTarget } from '../generator/loopback.ts'

/** The operator's side of the API: what has to be there before anybody can buy. */
export interface Operator {
  /** A sale that is open from now on, for a day. */
  openSale(terms: SaleTerms): Promise<Sale>
  /** Accounts with a token each. */
  hireBuyers(count: number): Promise<Buyers['buyers']>
  /** What all services measure of their books, and their alarms. */
  watch(): Promise<Watched>
}

export interface SaleTerms {
  readonly title: string
  readonly units: number
  readonly limitPerUser: number
  readonly paymentWindowSeconds: number
  /** How its stock is guarded; if not given, as in production. */
  readonly guard?: { readonly stage: StageName; readonly variant: Variant; readonly segments?: number }
}

const EMAIL = 'operator@stampede.local'
const BUYERS_AT_ONCE = 10_000
const DAY_MS = 86_400_000
const CALL_MS = 60_000
const SESSION_MS = 400_000
/** Twenty in a minute may try to log in. */
const LOG_IN_AGAIN_MS = 3_500

/**
 * Logs in as the operator of a local system; `url` is the gateway's origin. Throws what the system answers.
 */
export async function enterAsOperator(url: string): Promise<Operator> {
  loopbackTarget(url)
  const password = process.env['OPERATOR_PASSWORD'] ?? 'operator'
  const session = await post<Session>(`${url}/api/sessions`, { email: EMAIL, password })
  const tell = <T>(path: string, body: object) => post<T>(url + path, body, session.accessToken)
  let sales = 0
  return {
    openSale({ title, units, limitPerUser, paymentWindowSeconds, guard }) {
      sales += 1
      const now = Date.now()
      const sale: NewSale = {
        ...{ title, units, limitPerUser, paymentWindowSeconds, ...guard },
        sku: `SKU-${sales}`,
        priceCents: 1999,
        currency: 'EUR',
        startsAt: new Date(now - 1000).toISOString(),
        endsAt: new Date(now + DAY_MS).toISOString(),
      }
      return tell<Sale>('/api/sales', sale)
    },
    async hireBuyers(count) {
      const hired: Buyers['buyers'] = []
      while (hired.length < count) {
        const share = Math.min(BUYERS_AT_ONCE, count - hired.length)
        hired.push(...(await tell<Buyers>('/api/operator/buyers', { count: share })).buyers)
      }
      return hired
    },
    watch: () => get<Watched>(`${url}/api/operator/watch`, session.accessToken),
  }
}

/**
 * An access token of the operator lasts ten minutes, a benchmark may last longer. Rejects when nobody could
 * log in; seconds later the next one tries again.
 */
export function renewedOperator(url: string): () => Promise<Operator> {
  let operator: Promise<Operator> | undefined
  let until = 0
  return () => {
    if (!operator || performance.now() > until) {
      until = performance.now() + SESSION_MS
      operator = enterAsOperator(url)
      operator.catch(() => {
        until = performance.now() + LOG_IN_AGAIN_MS
      })
    }
    return operator
  }
}

async function post<T>(url: string, body: object, token?: string): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  return ask(url, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function get<T>(url: string, token: string): Promise<T> {
  return ask(url, { method: 'GET', headers: { authorization: `Bearer ${token}` } })
}

async function ask<T>(url: string, request: RequestInit): Promise<T> {
  const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(CALL_MS) })
  const text = await answer.text()
  if (answer.status !== 200 && answer.status !== 201)
    throw new Error(`${request.method} ${new URL(url).pathname}: ${answer.status} ${text.slice(0, 300)}`)
  return JSON.parse(text) as T
}
