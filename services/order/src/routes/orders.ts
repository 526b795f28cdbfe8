import { Id, strict } from '@stampede/contracts/fields'
import { Order, OrderPage, OrderView } from '@stampede/contracts/orders'
import type { ProblemCode } from '@stampede/contracts/problems'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Cancelled } from '../cancel-order.ts'
import { type Cursor, readCursor } from '../domain/cursor.ts'

export interface OrdersPorts {
  /** `unavailable`: there is no such order, and no telling whether it waits to be made. */
  readonly find: (userId: string, orderId: string) => Promise<OrderView | undefined | 'unavailable'>
  readonly list: (userId: string, wish: { after?: Cursor | undefined; limit: number }) => Promise<OrderPage>
  readonly cancel: (userId: string, orderId: string) => Promise<Cancelled>
}

const Buyer = Type.Object({ userId: Id }, strict)
const BuyersOrder = Type.Object({ userId: Id, orderId: Id }, strict)
const Page = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 100 })),
    limit: Type.String({ pattern: '^([1-9][0-9]?|100)$', default: '20', description: '1 to 100' }),
  },
  strict,
)

const PROBLEMS = {
  unknown: 'not_found',
  'not-cancellable': 'not_cancellable',
  unavailable: 'unavailable',
} as const satisfies Record<string, ProblemCode>

/**
 * A buyer's own orders: read one, list (newest first), cancel. Another buyer's order is 404, as if unknown.
 */
export function routeOrders(app: FastifyInstance, orders: OrdersPorts): void {
  app.get<{ Params: Static<typeof BuyersOrder> }>(
    '/internal/users/:userId/orders/:orderId',
    { schema: { params: BuyersOrder, response: { 200: OrderView } } },
    async (request, reply) => {
      const { userId, orderId } = request.params
      const order = await orders.find(userId, orderId)
      if (order === 'unavailable') return reply.problem('unavailable', { retryAfter: 1 })
      return order ?? reply.problem('not_found')
    },
  )

  app.get<{ Params: Static<typeof Buyer>; Querystring: Static<typeof Page> }>(
    '/internal/users/:userId/orders',
    { schema: { params: Buyer, querystring: Page, response: { 200: OrderPage } } },
    async (request, reply) => {
      const { cursor, limit } = request.query
      const after = cursor === undefined ? undefined : readCursor(cursor)
      if (cursor !== undefined && !after) {
        return reply.problem('invalid_request', {
          errors: [{ path: 'query/cursor', message: 'is not one of ours' }],
        })
      }
      return orders.list(request.params.userId, { after, limit: Number(limit) })
    },
  )

  app.post<{ Params: Static<typeof BuyersOrder> }>(
    '/internal/users/:userId/orders/:orderId/cancel',
    { schema: { params: BuyersOrder, response: { 200: Order } } },
    async (request, reply) => {
      const { userId, orderId } = request.params
      const cancelled = await orders.cancel(userId, orderId)
      if ('order' in cancelled) return cancelled.order
      const { refused } = cancelled
      return reply.problem(PROBLEMS[refused], refused === 'unavailable' ? { retryAfter: 1 } : {})
    },
  )
}
