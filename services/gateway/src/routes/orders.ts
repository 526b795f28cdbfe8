import { Id, strict } from '@stampede/contracts/fields'
import { Order, OrderPage, OrderView } from '@stampede/contracts/orders'
import type { ProblemCode } from '@stampede/contracts/problems'
import type { Peer } from '@stampede/kit/peer'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Tokens } from '../domain/ports.ts'
import { identify } from './identify.ts'
import { NoQuery, noBody } from './no-body.ts'
import { passOn } from './pass-on.ts'

const OrderPath = Type.Object({ orderId: Id }, strict)
const PageQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^([1-9]|[1-9][0-9]|100)$', description: '1 to 100; default 20' }),
    ),
    cursor: Type.Optional(
      Type.String({ pattern: '^[\\x21-\\x7e]{1,512}$', description: 'of the page before' }),
    ),
  },
  strict,
)

const PROBLEMS: ProblemCode[] = [
  'invalid_request',
  'unauthenticated',
  'overloaded',
  'unavailable',
  'deadline_exceeded',
]

type OrderPath = { Params: Static<typeof OrderPath> }
type PageQuery = { Querystring: Static<typeof PageQuery> }

/**
 * A buyer's own orders. The user is part of every question,
 * so a foreign order is as unknown as one that never was.
 */
export function orderRoutes(app: FastifyInstance, { tokens, order }: { tokens: Tokens; order: Peer }): void {
  const mine = { onRequest: identify(tokens) }
  const docs = { tags: ['orders'], security: [{ token: [] }] }

  app.get<PageQuery>('/api/orders', {
    ...mine,
    schema: {
      ...docs,
      summary: 'My orders, newest first',
      querystring: PageQuery,
      response: { 200: OrderPage },
    },
    config: { problems: PROBLEMS },
    handler: (request, reply) => {
      const query = new URLSearchParams(request.query)
      return passOn(
        order,
        { method: 'GET', path: `/internal/users/${request.identity.userId}/orders?${query}` },
        reply,
      )
    },
  })

  app.get<OrderPath>('/api/orders/:orderId', {
    ...mine,
    schema: { ...docs, summary: 'One of my orders', params: OrderPath, response: { 200: OrderView } },
    config: { problems: [...PROBLEMS, 'not_found'] },
    handler: (request, reply) => {
      const { userId } = request.identity
      return passOn(
        order,
        { method: 'GET', path: `/internal/users/${userId}/orders/${request.params.orderId}` },
        reply,
      )
    },
  })

  app.post<OrderPath>('/api/orders/:orderId/cancel', {
    ...mine,
    preValidation: noBody,
    schema: {
      ...docs,
      summary: 'Cancel a pending order',
      params: OrderPath,
      querystring: NoQuery,
      response: { 200: Order },
    },
    config: { problems: [...PROBLEMS, 'not_found', 'not_cancellable'] },
    handler: (request, reply) => {
      const path = `/internal/users/${request.identity.userId}/orders/${request.params.orderId}/cancel`
      return passOn(order, { method: 'POST', path }, reply)
    },
  })
}
