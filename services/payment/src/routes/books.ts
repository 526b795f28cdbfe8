import { Id, strict } from '@stampede/contracts/fields'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { MoneyBooks } from '../domain/books.ts'

const OrderPath = Type.Object({ orderId: Id }, strict)

/** For operators and tests: the money of an order, empty for one nobody knows. */
export function routeBooks(app: FastifyInstance, read: (orderId: string) => Promise<MoneyBooks>): void {
  app.get<{ Params: Static<typeof OrderPath> }>(
    '/internal/orders/:orderId/payments',
    { schema: { params: OrderPath } },
    (request) => read(request.params.orderId),
  )
}
