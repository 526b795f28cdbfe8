import type { Charge } from '@stampede/contracts/provider'
import { backoffMs } from '@stampede/kit/events/backoff'
import type { OpenPayment } from './adapters/payments-postgres.ts'
import { decline, follow, type Standing, type Step } from './domain/payment.ts'
import type { Provider } from './domain/ports.ts'
import { toNewCharge } from './domain/terms.ts'

export interface ChargingPorts {
  readonly provider: Provider
  /** Lets the payment take the step that `decide` finds for it, if any. */
  readonly step: (paymentId: string, decide: (payment: Standing) => Step | undefined) => Promise<void>
  /** Looks at the payment again after `pauseMs`, unless it has ended. */
  readonly delay: (paymentId: string, pause: { tries: number; pauseMs: number }) => Promise<void>
  readonly pollAfterMs: number
}

const RETRY_FIRST_MS = 250
/** An order waits for its payment: it is worth asking often. */
const RETRY_MOST_MS = 5_000
const POLL_MOST_MS = 60_000

/**
 * Asks the provider for what is to be charged, and about what it is said to be charging. Whether the last
 * time was heard or not: it knows the payment by its id, so it is charged once. Rejects, with the next try
 * set, when the provider says nothing.
 */
export async function chargePayment(ports: ChargingPorts, payment: OpenPayment): Promise<void> {
  const { provider, step, delay, pollAfterMs } = ports
  const { paymentId, state, tries } = payment
  const told = await ask(provider, payment)
  if (told === 'refused') return step(paymentId, (standing) => decline(standing))
  if (told === 'too-late') return step(paymentId, (standing) => decline(standing, 'too-late'))
  if (told === 'unavailable') {
    const pauseMs = state === 'requested' ? retryMs(tries) : pollMs(tries, pollAfterMs)
    await delay(paymentId, { tries, pauseMs })
    throw new Error('the payment provider does not answer')
  }
  await step(paymentId, (standing) => follow(standing, told))
  const polls = state === 'requested' ? 1 : tries
  if (told.state === 'processing')
    await delay(paymentId, { tries: polls, pauseMs: pollMs(polls, pollAfterMs) })
}

type Told = Charge | 'refused' | 'too-late' | 'unavailable'

async function ask(provider: Provider, payment: OpenPayment): Promise<Told> {
  const { state, tries, tooLate } = payment
  // Of no use to its order any more. Only at the first try: an earlier one may still be on its way to the
  // provider, and what it takes there must not be given up.
  if (state === 'requested' && tries === 1 && tooLate) return 'too-late'
  const found = state === 'processing' ? await provider.find(payment.paymentId) : 'unknown'
  if (found !== 'unknown') return found
  const wish = toNewCharge(payment)
  return wish ? provider.charge(wish) : 'refused'
}

function retryMs(tries: number): number {
  return backoffMs(tries, RETRY_FIRST_MS, RETRY_MOST_MS)
}

/** At least `afterMs`: the half that may be taken off is added first. */
function pollMs(tries: number, afterMs: number): number {
  return backoffMs(tries, 2 * afterMs, Math.max(POLL_MOST_MS, 2 * afterMs))
}
