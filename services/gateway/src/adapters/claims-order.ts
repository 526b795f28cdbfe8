import { CLAIMS_MAX, type Claim, type ClaimBatch } from '@stampede/contracts/claims'
import { failureOf, outcomeOf } from '@stampede/contracts/outcomes'
import { openBatcher } from '@stampede/kit/batcher'
import type { Log } from '@stampede/kit/log'
import type { Answer, Peer } from '@stampede/kit/peer'
import { traced } from '@stampede/kit/tracing/spans'
import type { Claims, Placing } from '../domain/ports.ts'

/**
 * With less than this left, an attempt is not sent: it
 * would only take room in a batch to be answered too late.
 */
const USEFUL_MS = 50
/** What the order service gets less than we have, so that its answer arrives before we stop listening. */
const RETURN_MS = 20

export interface ClaimsOptions {
  readonly order: Peer
  readonly log: Log
  readonly deadlineMs: number
  readonly queueMax: number
  readonly inFlightMax: number
  readonly gatherMs: number
}

export interface OpenClaims extends Claims {
  /** Waits until the attempts accepted are answered. */
  close(): Promise<void>
}

interface Item {
  readonly claim: Claim
  readonly deadline: number
}

/**
 * Attempts that arrive in one turn of the event loop, or while a batch is on its way, travel as one request.
 *
 * No attempt needs a timer of its own: they leave in the order they came,
 * all with the same deadline, and a batch is waited for only until the first
 * deadline in it. So whoever waits behind it is answered in time as well.
 */
export function openClaims(options: ClaimsOptions): OpenClaims {
  const { order, log, deadlineMs, queueMax, inFlightMax, gatherMs } = options

  async function send(items: readonly Item[]): Promise<readonly Placing[]> {
    const budgetMs = Math.floor((items[0] as Item).deadline - performance.now())
    const batch: ClaimBatch = {
      budgetMs: Math.max(1, budgetMs - RETURN_MS),
      claims: items.map((item) => item.claim),
    }
    const answer = await order.ask<{ results: Placing[] }>({
      method: 'POST',
      path: '/internal/orders',
      body: batch,
      budgetMs,
    })
    if (answer.ok && answer.status === 200 && answer.body.results.length === items.length)
      return answer.body.results
    if (answer.ok)
      log.error({ status: answer.status, claims: items.length }, 'the order service did not take a batch')
    const refused = unheard(answer)
    return items.map(() => ({ refused }))
  }

  const run = traced(
    'gateway send',
    {
      traceIdOf: ({ claim }: Item) => claim.traceId,
      attributesOf: (_item, placing) => outcomeOf(placing),
      failedOf: failureOf,
    },
    send,
  )
  const limits = { itemsMax: CLAIMS_MAX, waitMs: gatherMs, queueMax, inFlightMax }
  const batcher = openBatcher({ name: 'claims', ...limits, run })
  return {
    async place(claim) {
      const deadline = performance.now() + deadlineMs
      const outcome = await batcher.add({ claim, deadline }, deadline - USEFUL_MS)
      if ('done' in outcome) return outcome.done
      if (outcome.refused === 'failed')
        log.error({ err: outcome.error, traceId: claim.traceId }, 'claim not sent')
      return { refused: OUTCOMES[outcome.refused] }
    },
    close: () => batcher.close(),
  }
}

const OUTCOMES = { overloaded: 'overloaded', deadline: 'late', failed: 'unavailable' } as const

function unheard(answer: Answer<unknown>): 'late' | 'overloaded' | 'unavailable' {
  if (answer.ok) return 'unavailable'
  if (answer.why === 'deadline') return 'late'
  return answer.overloaded ? 'overloaded' : 'unavailable'
}
