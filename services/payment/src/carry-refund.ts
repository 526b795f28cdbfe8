import { backoffMs } from '@stampede/kit/events/backoff'
import type { OpenRefund } from './adapters/refunds-postgres.ts'
import type { Provider } from './domain/ports.ts'

export interface RefundingPorts {
  readonly provider: Provider
  readonly settle: (refundId: string) => Promise<void>
  readonly delay: (refundId: string, pauseMs: number) => Promise<void>
}

const RETRY_FIRST_MS = 500
const RETRY_MOST_MS = 60_000

/**
 * Asks the provider to give money back, until it has confirmed. It knows the refund by its id, so asking
 * again gives back nothing twice.
 *
 * What it refuses waits just as well: perhaps nothing was taken yet, and will be. A refund that can never
 * be, since its payment failed, goes on being asked for once a minute and is counted as overdue. It is for
 * a human to say why it was asked for; nobody may be told that money went back that did not.
 */
export async function carryRefund(ports: RefundingPorts, refund: OpenRefund): Promise<void> {
  const { refundId, paymentId, amountCents, tries } = refund
  const told = await ports.provider.credit(paymentId, { reference: refundId, amountCents })
  if (typeof told === 'object') return ports.settle(refundId)
  await ports.delay(refundId, backoffMs(tries, RETRY_FIRST_MS, RETRY_MOST_MS))
  if (told === 'unavailable') throw new Error('the payment provider does not answer')
}
