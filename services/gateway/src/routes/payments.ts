import { Id, strict } from '@stampede/contracts/fields'
import { derivePaymentId, printKey } from '@stampede/contracts/ids'
import { NewPayment, PaymentView, RefundView } from '@stampede/contracts/payments'
import type { ProblemCode } from '@stampede/contracts/problems'
import type { Peer } from '@stampede/kit/peer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Tokens } from '../domain/ports.ts'
import { identify } from './identify.ts'
import { needKey } from './need-key.ts'
import { NoQuery, noBody } from './no-body.ts'
import { passOn } from './pass-on.ts'

const OrderPath = Type.Object({ orderId: Id }, strict)
type OrderPath = { Params: Static<typeof OrderPath> }

const PROBLEMS: ProblemCode[] = [
  'invalid_request',
  'idempotency_key_missing',
  'unauthenticated',
  'not_found',
  'body_too_large',
  'unsupported_media_type',
  'overloaded',
  'unavailable',
  'deadline_exceeded',
]

/** A buyer pays an order, or gives a paid one back. Asked again with the same key, it is the same one. */
export function paymentRoutes(
  app: FastifyInstance,
  { tokens, order }: { tokens: Tokens; order: Peer },
): void {
  const mine = { onRequest: [identify(tokens), needKey] }
  const docs = { tags: ['orders'], security: [{ token: [] }], params: OrderPath, querystring: NoQuery }

  app.post<OrderPath & { Body: NewPayment }>('/api/orders/:orderId/payment', {
    ...mine,
    schema: {
      ...docs,
      summary: 'Pay an order',
      description: 'The payment is on its way; how it ends is seen in the order.',
      body: { ...NewPayment, examples: [{ method: 'sandbox' }] },
      response: { 202: PaymentView },
    },
    config: { keyed: true, problems: [...PROBLEMS, 'not_payable', 'idempotency_key_reused'] },
    handler: (request, reply) => {
      const { userId } = request.identity
      const { orderId } = request.params
      const body = {
        paymentId: derivePaymentId(userId, orderId, keyOf(request)),
        outcome: request.body.outcome ?? 'succeed',
        delayMs: request.body.delayMs ?? 0,
      }
      return passOn(order, { method: 'POST', path: `${pathOf(request)}/payment`, body }, reply)
    },
  })

  app.post<OrderPath>('/api/orders/:orderId/refund', {
    ...mine,
    preValidation: noBody,
    schema: { ...docs, summary: 'Give a paid order back', response: { 202: RefundView } },
    config: { keyed: true, problems: [...PROBLEMS, 'not_refundable'] },
    handler: (request, reply) => {
      const body = { keyPrint: printKey(keyOf(request)) }
      return passOn(order, { method: 'POST', path: `${pathOf(request)}/refund`, body }, reply)
    },
  })
}

function pathOf({ identity, params }: FastifyRequest<OrderPath>): string {
  return `/internal/users/${identity.userId}/orders/${params.orderId}`
}

function keyOf({ headers }: Pick<FastifyRequest, 'headers'>): string {
  return headers['idempotency-key'] as string
}
