import type { ServiceStory, Step } from '@stampede/contracts/story'
import type { Pool } from '@stampede/kit/postgres'
import { findLetters } from '@stampede/kit/story/letters'
import { findNews } from '@stampede/kit/story/news'
import type { PaymentState } from '../domain/payment.ts'

interface Row {
  readonly userId: string
  readonly requestedAt: Date
  readonly endedAt: Date | null
  readonly tries: number
}

interface PaymentRow extends Row {
  readonly state: PaymentState
  readonly reason: string | null
}

interface RefundRow extends Row {
  readonly isAsked: boolean
}

const PAYMENTS_SQL = `select user_id as "userId", state, reason, tries, requested_at as "requestedAt",
    ended_at as "endedAt"
  from payment where order_id = $1 order by requested_at limit 100`
const REFUNDS_SQL = `select user_id as "userId", tries, requested_at as "requestedAt",
    settled_at as "endedAt", cause <> 'wrong-amount' as "isAsked"
  from refund where order_id = $1 order by requested_at limit 100`

/** How an order was charged and its money given back; undefined when nobody asked for either. */
export async function readMoneyStory(pool: Pool, orderId: string): Promise<ServiceStory | undefined> {
  const payments = (await pool.query<PaymentRow>(PAYMENTS_SQL, [orderId])).rows
  const refunds = (await pool.query<RefundRow>(REFUNDS_SQL, [orderId])).rows
  const letters = await findLetters(pool, orderId)
  const [row] = [...payments, ...refunds]
  const steps = [...payments.flatMap(paymentSteps), ...refunds.flatMap(refundSteps), ...letters]
  if (steps.length === 0) return undefined
  const ended = [
    ...payments.flatMap(({ state, endedAt }) => toldOf(`payment.${state}` as 'payment.settled', endedAt)),
    ...refunds.flatMap(({ endedAt }) => toldOf('refund.settled', endedAt)),
  ]
  const news = await findNews(pool, orderId, ended)
  return { ...(row && { userId: row.userId }), steps: [...steps, ...news] }
}

function paymentSteps({ state, reason, ...row }: PaymentRow): Step[] {
  const failed = state === 'failed' && ({ failed: true, ...(reason && { reason }) } as const)
  return [
    { what: 'process payment.requested by payment', at: row.requestedAt.toISOString() },
    { what: 'payment charge', ...lasting(row), ...failed },
  ]
}

/** What was taken wrongly goes back without anybody asking. */
function refundSteps({ isAsked, ...row }: RefundRow): Step[] {
  const asked = { what: 'process refund.requested by payment', at: row.requestedAt.toISOString() } as const
  return [...(isAsked ? [asked] : []), { what: 'payment refund', ...lasting(row) }]
}

function lasting({ requestedAt, endedAt, tries }: Row) {
  const end = endedAt ? { until: endedAt.toISOString() } : ({ open: true } as const)
  return { at: requestedAt.toISOString(), ...end, tries }
}

function toldOf<T extends string>(topic: T, endedAt: Date | null): { topic: T; at: string }[] {
  return endedAt ? [{ topic, at: endedAt.toISOString() }] : []
}
