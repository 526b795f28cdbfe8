import {
  CLAIMS_MAX,
  type Claim,
  type Refusal,
  type Reservation,
  type Verdict,
} from '@stampede/contracts/claims'
import type { Placement } from '@stampede/contracts/orders'
import { failureOf, outcomeOf } from '@stampede/contracts/outcomes'
import { ATTRIBUTES } from '@stampede/contracts/telemetry'
import { type Outcome, openBatcher } from '@stampede/kit/batcher'
import type { Log } from '@stampede/kit/log'
import { traced } from '@stampede/kit/tracing/spans'
import { toPlacement, withoutRepeats, wonOf } from './domain/placement.ts'
import { type OutageLog, openOutageLog } from './outage-log.ts'

export interface PlacingPorts {
  /** One verdict per claim, in order. Rejects when there is no telling. */
  readonly claim: (claims: readonly Claim[], budgetMs: number) => Promise<readonly Verdict[]>
  /** Resolves when the orders are committed, now or earlier. */
  readonly write: (won: readonly Reservation[]) => Promise<unknown>
  readonly log: Log
}

export interface PlacingLimits {
  readonly claimBatchesMax: number
  readonly claimsWaitingMax: number
  readonly rowsPerBatch: number
  readonly rowBatchesMax: number
  readonly rowsWaitingMax: number
}

export interface Placing {
  /**
   * One answer per claim, in order, in about `budgetMs`. Never
   * rejects; whoever hears `placed` owns a durable order.
   */
  place(claims: readonly Claim[], budgetMs: number): Promise<readonly Placement[]>
  close(): Promise<void>
}

interface Ask {
  readonly claims: readonly Claim[]
  readonly deadline: number
}

const REFUSALS = { overloaded: 'busy', deadline: 'late', failed: 'busy' } as const satisfies Record<
  string,
  Refusal
>

/**
 * Claim, then write, then answer. Lists of claims travel as they came: a promise per request, not per order.
 *
 * A claim that won but could not be written is refused here, yet not lost: `stock.reserved` makes its order,
 * and the buyer's repeat finds it.
 */
export function openPlacing({ claim, write, log }: PlacingPorts, limits: PlacingLimits): Placing {
  const claimOutage = openOutageLog(log, 'inventory gives no verdicts', 'inventory gives verdicts again')
  const rowOutage = openOutageLog(log, 'orders cannot be written', 'orders can be written again')
  const asks = openBatcher<Ask, readonly Verdict[]>({
    name: 'asks',
    itemsMax: CLAIMS_MAX,
    waitMs: 0,
    queueMax: limits.claimsWaitingMax,
    inFlightMax: limits.claimBatchesMax,
    sizeOf: ({ claims }) => claims.length,
    run: (batch) => noting(claimOutage, askTogether(batch, claim)),
  })
  const rows = openBatcher<readonly Reservation[], undefined>({
    name: 'rows',
    itemsMax: limits.rowsPerBatch,
    waitMs: 0,
    queueMax: limits.rowsWaitingMax,
    inFlightMax: limits.rowBatchesMax,
    sizeOf: (won) => won.length,
    run: async (batch) => {
      await noting(rowOutage, write(batch.flat()))
      return batch.map(() => undefined)
    },
  })

  const place = traced(
    'order place',
    {
      traceIdOf: ({ traceId }: Claim) => traceId,
      attributesOf: placementAttributes,
      failedOf: failureOf,
    },
    placeTogether,
  )

  async function placeTogether(claims: readonly Claim[], budgetMs: number): Promise<readonly Placement[]> {
    const deadline = performance.now() + budgetMs
    const asked = await inTime(asks.add({ claims, deadline }, deadline), deadline)
    if (!('done' in asked)) return claims.map(() => ({ refused: REFUSALS[asked.refused] }))
    const won = wonOf(asked.done)
    const written = won.length > 0 ? await inTime(rows.add(won, deadline), deadline) : undefined
    const unwritten = written && 'refused' in written ? REFUSALS[written.refused] : undefined
    return claims.map((claim, i) => toPlacement(claim, asked.done[i] as Verdict, unwritten))
  }

  return {
    place,
    async close() {
      await asks.close()
      await rows.close()
    },
  }
}

function placementAttributes({ claimId, saleId }: Claim, placement: Placement | undefined) {
  return { [ATTRIBUTES.orderId]: claimId, [ATTRIBUTES.saleId]: saleId, ...outcomeOf(placement) }
}

/** Several lists as one request, whose budget is that of the one with the least time left. */
async function askTogether(
  batch: readonly Ask[],
  claim: PlacingPorts['claim'],
): Promise<readonly Verdict[][]> {
  const question = withoutRepeats(
    batch.length === 1 ? (batch[0] as Ask).claims : batch.flatMap((ask) => ask.claims),
  )
  const budgetMs = Math.min(...batch.map((ask) => ask.deadline)) - performance.now()
  const verdicts = question.spread(await claim(question.claims, budgetMs))
  let start = 0
  return batch.map(({ claims }) => {
    const share = verdicts.slice(start, start + claims.length)
    start += claims.length
    return share
  })
}

async function noting<T>(outage: OutageLog, work: Promise<T>): Promise<T> {
  try {
    const result = await work
    outage.worked()
    return result
  } catch (error) {
    outage.failed(error)
    throw error
  }
}

/** The batcher drops what did not leave in time; this also leaves what left and does not come back. */
function inTime<R>(work: Promise<Outcome<R>>, deadline: number): Promise<Outcome<R>> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, deadline - performance.now(), { refused: 'deadline' })
    void work.then((outcome) => {
      clearTimeout(timer)
      resolve(outcome)
    })
  })
}
