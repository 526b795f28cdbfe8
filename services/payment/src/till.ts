import type { Webhook } from '@stampede/contracts/provider'
import type { Log } from '@stampede/kit/log'
import { type Pool, type Tx, transaction } from '@stampede/kit/postgres'
import { openSweep } from '@stampede/kit/sweep'
import { beginHop, nameOf, tracedOne } from '@stampede/kit/tracing/spans'
import { traceIdOf } from '@stampede/kit/tracing/trace-id'
import {
  delayPayment,
  type LockedPayment,
  lockPayment,
  type OpenPayment,
  stepPayment,
  takePayments,
} from './adapters/payments-postgres.ts'
import { ANSWER_MS } from './adapters/provider-http.ts'
import { delayRefund, settleRefund, takeRefunds } from './adapters/refunds-postgres.ts'
import { noteWebhook } from './adapters/webhooks-postgres.ts'
import { carryRefund } from './carry-refund.ts'
import { chargePayment } from './charge-payment.ts'
import type { Config } from './config.ts'
import { follow, type Standing, type Step } from './domain/payment.ts'
import type { Provider } from './domain/ports.ts'

/** Longer than all questions about one row may take, so that no other process asks meanwhile. */
const LEASE_MS = 3 * ANSWER_MS + 1_000

export interface TillOptions {
  readonly pool: Pool
  readonly log: Log
  readonly config: Pick<Config, 'POLL_AFTER_MS' | 'PROVIDER_IN_FLIGHT' | 'SWEEP_EVERY_MS'>
  readonly provider: Provider
  /** Called after commits that may have told something. */
  readonly onTold: () => void
}

export type Till = ReturnType<typeof openTill>

/** Where money is taken and given back: two sweeps that ask the provider, and the ear for what it tells. */
export function openTill({ pool, log, config, provider, onTold }: TillOptions) {
  const settings = { log, everyMs: config.SWEEP_EVERY_MS, atOnce: config.PROVIDER_IN_FLIGHT }

  async function commit<T>(change: (tx: Tx) => Promise<T>): Promise<T> {
    const result = await transaction(pool, change)
    onTold()
    return result
  }

  async function step(paymentId: string, decide: (payment: Standing) => Step | undefined): Promise<void> {
    await commitSteps(commit, async (tx, walk) => {
      const payment = await lockPayment(tx, paymentId)
      if (payment) await walk(payment, decide(payment))
    })
    // A wrong amount goes back at once.
    refunds.wake()
  }

  async function hear(eventId: string, { data }: Webhook): Promise<'new' | 'duplicate' | 'unknown'> {
    const heard = await commitSteps(commit, async (tx, walk) => {
      const payment = await lockPayment(tx, data.reference)
      if (!payment) return 'unknown'
      if (!(await noteWebhook(tx, eventId))) return 'duplicate'
      await walk(payment, follow(payment, data))
      return 'new'
    })
    refunds.wake()
    return heard
  }

  const charging = {
    provider,
    step,
    delay: (paymentId: string, pause: { tries: number; pauseMs: number }) =>
      delayPayment(pool, paymentId, pause),
    pollAfterMs: config.POLL_AFTER_MS,
  }
  const refunding = {
    provider,
    settle: (refundId: string) => commit((tx) => settleRefund(tx, refundId)),
    delay: (refundId: string, pauseMs: number) => delayRefund(pool, refundId, pauseMs),
  }
  const payments = openSweep({
    ...{ ...settings, what: 'payments' },
    take: (max) => takePayments(pool, max, LEASE_MS),
    work: (payment) =>
      tracedOne('payment charge', { traceId: traceOfFirst(payment) }, () => chargePayment(charging, payment)),
  })
  const refunds = openSweep({
    ...{ ...settings, what: 'refunds' },
    take: (max) => takeRefunds(pool, max, LEASE_MS),
    work: (refund) =>
      tracedOne('payment refund', { traceId: traceOf(refund) }, () => carryRefund(refunding, refund)),
  })
  return {
    hear,
    wake() {
      payments.wake()
      refunds.wake()
    },
    async close() {
      await payments.close()
      await refunds.close()
    },
  }
}

type Commit = <T>(change: (tx: Tx) => Promise<T>) => Promise<T>
/** Lets a locked payment take its next step, if there is one. */
type Walk = (payment: LockedPayment, next: Step | undefined) => Promise<void>

/** Commits steps of a payment. What ends it is a hop of its trace, and is not done before it is committed. */
async function commitSteps<T>(commit: Commit, change: (tx: Tx, walk: Walk) => Promise<T>): Promise<T> {
  const tell = beginHop('payment settle')
  let ending: LockedPayment | undefined
  const taken = commit((tx) =>
    change(tx, async (payment, next) => {
      if (!next) return
      if (next.to !== 'processing') ending = payment
      await stepPayment(tx, payment, next)
    }),
  )
  const result = await taken.catch((error: unknown) => {
    if (ending) tell(traceOf(ending), nameOf(error))
    throw error
  })
  if (ending) tell(traceOf(ending))
  return result
}

function traceOf({ traceparent }: { readonly traceparent: string | null }): string | undefined {
  return traceIdOf(traceparent)
}

/** Later asks for the same payment are counted, but they are no hops of its trace. */
function traceOfFirst(payment: OpenPayment): string | undefined {
  return payment.state === 'requested' ? traceOf(payment) : undefined
}
