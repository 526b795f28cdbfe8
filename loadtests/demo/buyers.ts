import type { PlacedOrder } from '@stampede/contracts/orders'
import type { Attempt } from '../generator/closed-loop.ts'
import type { Outcome } from '../generator/connection.ts'
import { loopbackTarget } from '../generator/loopback.ts'
import { buildRequest } from '../generator/request.ts'
import { readCode } from '../generator/tally.ts'
import type { CrowdOrders } from './crowd-words.ts'
import type { Winner } from './desk.ts'
import { openErrands } from './errands.ts'
import type { AttemptEntry, Journal } from './journal.ts'
import type { Step } from './step.ts'

/** Plays the steps of a plan and writes down every answer. */
export interface PlayedBuyers {
  attempt(step: Step, phase: AttemptEntry['phase']): Attempt
  /** Waits for what winners still have to do with their orders. */
  allDone(): Promise<void>
  /** `won` counts orders, the others attempts. */
  counts(): {
    readonly attempts: number
    readonly won: number
    readonly refused: number
    readonly unanswered: number
  }
}

const PATIENCE_MS = 10_000

type Told = Pick<AttemptEntry, 'status' | 'code' | 'failure' | 'body'>
type Known = Omit<AttemptEntry, keyof Told | 'tookMs'>

export function openBuyers(orders: CrowdOrders, journal: Journal): PlayedBuyers {
  const { url, saleIds, buyers } = orders
  const buyerOf = (step: Step) => buyers[step.buyer] as Winner
  const errands = openErrands(() => url, journal)
  const won = new Set<string>()
  const counts = { attempts: 0, refused: 0, unanswered: 0 }

  function note(step: Step, told: Told): void {
    if (told.status === 0) counts.unanswered += 1
    else if (told.status !== 201 || !told.body) counts.refused += 1
    else {
      const order = JSON.parse(told.body) as PlacedOrder
      if (won.has(order.orderId)) return
      won.add(order.orderId)
      errands.begin(step, order, buyerOf(step))
    }
  }

  return {
    attempt(step, phase) {
      counts.attempts += 1
      const { kind, sale, key, quantity, hangUpMs } = step
      const detail = step.tokenFlaw ?? step.badBody
      const who = { sale, saleId: saleIds[sale], userId: buyerOf(step).userId }
      const known: Known = { entry: 'attempt', phase, kind, ...who, key, quantity, sentAt: Date.now() }
      return {
        request: writeAttempt(orders, step),
        timeoutMs: hangUpMs ?? PATIENCE_MS,
        done(answer, tookMs) {
          const told = readTold(answer)
          journal.write({
            ...known,
            ...(detail && { detail }),
            tookMs: Math.round(tookMs * 1000) / 1000,
            ...told,
          })
          note(step, told)
        },
      }
    },
    allDone: errands.allDone,
    counts: () => ({ ...counts, won: won.size }),
  }
}

function writeAttempt({ url, saleIds, buyers, badTokens }: CrowdOrders, step: Step): string {
  const goodToken = `Bearer ${buyers[step.buyer]?.accessToken}`
  const authorization = step.tokenFlaw ? badTokens[step.tokenFlaw] : goodToken
  return buildRequest(loopbackTarget(url), {
    method: 'POST',
    path: `/api/sales/${saleIds[step.sale]}/orders`,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(step.withoutKey ? {} : { 'idempotency-key': step.key }),
    },
    body: step.badBody ?? `{"quantity":${step.quantity}}`,
  })
}

function readTold(answer: Outcome): Told {
  if ('failure' in answer) return { status: 0, failure: answer.failure }
  const { status, body } = answer
  return status === 201 ? { status, body: body.toString() } : { status, code: readCode(body) ?? 'none' }
}
