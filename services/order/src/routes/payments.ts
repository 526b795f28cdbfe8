import { Count, Id, strict } from '@stampede/contracts/fields'
import { PaymentView, RefundView, SandboxTerms } from '@stampede/contracts/payments'
import type { ProblemCode } from '@stampede/contracts/problems'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Asked } from '../pay-order.ts'
import type { Refunded } from '../refund-order.ts'

const BuyersOrder = Type.Object({ userId: Id, orderId: Id }, strict)
const Asking = Type.Object({ paymentId: Id, ...SandboxTerms }, strict)
const Returning = Type.Object({ keyPrint: Count(0, 0xffffffff) }, strict)

type BuyersOrder = Static<typeof BuyersOrder>

export interface PaymentsPorts {
  readonly pay: (wish: BuyersOrder & Static<typeof Asking>) => Promise<Asked>
  readonly refund: (wish: BuyersOrder & Static<typeof Returning>) => Promise<Refunded>
}

const PROBLEMS = {
  unknown: 'not_found',
  'not-payable': 'not_payable',
  'not-refundable': 'not_refundable',
  'key-reused': 'idempotency_key_reused',
  unavailable: 'unavailable',
} as const satisfies Record<string, ProblemCode>

/** A buyer pays an order, or gives a paid one back. 202: it is noted for good and on its way. */
export function routePayments(app: FastifyInstance, { pay, refund }: PaymentsPorts): void {
  app.post<{ Params: BuyersOrder; Body: Static<typeof Asking> }>(
    '/internal/users/:userId/orders/:orderId/payment',
    { schema: { params: BuyersOrder, body: Asking, response: { 202: PaymentView } } },
    async ({ params, body }, reply) => {
      const asked = await pay({ ...params, ...body })
      return 'payment' in asked ? reply.code(202).send(asked.payment) : refuse(reply, asked.refused)
    },
  )
  app.post<{ Params: BuyersOrder; Body: Static<typeof Returning> }>(
    '/internal/users/:userId/orders/:orderId/refund',
    { schema: { params: BuyersOrder, body: Returning, response: { 202: RefundView } } },
    async ({ params, body }, reply) => {
      const refunded = await refund({ ...params, ...body })
      return 'refund' in refunded ? reply.code(202).send(refunded.refund) : refuse(reply, refunded.refused)
    },
  )
}

function refuse(reply: FastifyReply, why: keyof typeof PROBLEMS): FastifyReply {
  return reply.problem(PROBLEMS[why], why === 'unavailable' ? { retryAfter: 1 } : {})
}
