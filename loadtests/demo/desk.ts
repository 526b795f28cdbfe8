import type { Outcome } from '@stampede/contracts/payments'
import { readCode } from '../generator/tally.ts'
import type { Journal, OrderEntry } from './journal.ts'

export interface Winner {
  readonly userId: string
  readonly accessToken: string
}

export interface Errand {
  readonly entry: OrderEntry['entry']
  /** Of a payment or a refund. */
  readonly key?: string
  /** Of a payment. */
  readonly outcome?: Outcome
  readonly delayMs?: number
  readonly atRest?: true
}

/** Status 0: no answer. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** Where a winner asks for things about one order; every answer goes into the journal. */
export interface Desk {
  /**
   * Asks again as long as there is no decision, with the same key if it has one: at most five times, with
   * pauses that grow. Only a cancellation is not repeated, for that would find itself done.
   */
  ask(errand: Errand): Promise<Answer>
}

const PATIENCE_MS = 10_000
const TRIES_MAX = 5
const PAUSE_MS = 150
const PATHS = { read: '', cancel: '/cancel', pay: '/payment', refund: '/refund' } as const

/** `urlOf` names the origin of a gateway for each request. */
export function openDesk(urlOf: () => string, journal: Journal) {
  return (orderId: string, { userId, accessToken }: Winner): Desk => {
    async function askOnce(errand: Errand): Promise<Answer> {
      const { entry, key, outcome, delayMs } = errand
      const sentAt = Date.now()
      const note = journal.begin({ ...errand, orderId, userId, sentAt })
      const answer = await send(`${urlOf()}/api/orders/${orderId}${PATHS[entry]}`, {
        method: entry === 'read' ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${accessToken}`,
          ...(key && { 'idempotency-key': key }),
          ...(outcome && { 'content-type': 'application/json' }),
        },
        ...(outcome && { body: JSON.stringify({ method: 'sandbox', outcome, delayMs }) }),
      })
      const code = answer.status >= 400 ? readCode(Buffer.from(answer.body)) : undefined
      const tookMs = Date.now() - sentAt
      note({ tookMs, ...answer, ...(code && { code }) })
      return answer
    }

    return {
      async ask(errand) {
        let answer = await askOnce(errand)
        for (let tries = 1; errand.entry !== 'cancel' && !isDecided(answer) && tries < TRIES_MAX; tries++) {
          await new Promise((due) => setTimeout(due, PAUSE_MS * 2 ** tries * (0.5 + Math.random() / 2)))
          answer = await askOnce(errand)
        }
        return answer
      },
    }
  }
}

function isDecided({ status }: Answer): boolean {
  return status !== 0 && status !== 503 && status !== 504
}

async function send(url: string, request: RequestInit): Promise<Answer> {
  try {
    const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(PATIENCE_MS) })
    return { status: answer.status, body: await answer.text() }
  } catch {
    return { status: 0, body: '' }
  }
}
