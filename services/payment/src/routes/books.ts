import { Id, strict } from '@stampede/contracts/fields'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { MoneyBooks, Overdue } from '../domain/books.ts'

export interface BooksPorts {
  readonly read: (orderId: string) => Promise<MoneyBooks>
  readonly overdue: () => Promise<Overdue>
}

const OrderPath = Type.Object({ orderId: Id }, strict)

/** For operators and tests: the money of an order (empty for one nobody knows), and what is overdue. */
export function routeBooks(app: FastifyInstance, { read, overdue }: BooksPorts): void {
  app.get<{ Params: Static<typeof OrderPath> }>(
    '/internal/orders/:orderId/payments',
    { schema: { params: OrderPath } },
    (request) => read(request.params.orderId),
  )
  app.get('/internal/overdue', () => overdue())
}
