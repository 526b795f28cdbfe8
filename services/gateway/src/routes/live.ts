import { Id, strict } from '@stampede/contracts/fields'
import type { ProblemCode } from '@stampede/contracts/problems'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Tokens } from '../domain/ports.ts'
import type { OrderFollowing } from '../follow-orders.ts'
import type { SaleFollowing } from '../follow-sales.ts'
import { identify } from './identify.ts'
import { openDesk, type StreamLimits } from './stream-desk.ts'

interface Means {
  readonly tokens: Tokens
  readonly followOrders: Pick<OrderFollowing, 'follow'>
  readonly followSales: Pick<SaleFollowing, 'follow'>
  readonly streams: StreamLimits
}

const OrderPath = Type.Object({ orderId: Id }, strict)
const SalePath = Type.Object({ saleId: Id }, strict)
const NoQuery = Type.Object({}, strict)
type OrderPath = { Params: Static<typeof OrderPath> }
type SalePath = { Params: Static<typeof SalePath> }

const PROBLEMS: ProblemCode[] = [
  'invalid_request',
  'not_found',
  'quota_exceeded',
  'overloaded',
  'unavailable',
  'deadline_exceeded',
]
const STREAM = { content: { 'text/event-stream': { schema: Type.String() } } }
const ABOUT = `Server-Sent Events: all of it first, and again whenever it has changed. A client that comes
back with \`Last-Event-ID\` is not told again what it has seen.`

/** What changes, told as it does. */
export function liveRoutes(
  app: FastifyInstance,
  { tokens, followOrders, followSales, streams }: Means,
): void {
  const attend = openDesk(app, streams)

  app.get<OrderPath>('/api/orders/:orderId/events', {
    onRequest: identify(tokens),
    schema: {
      tags: ['orders'],
      security: [{ token: [] }],
      summary: 'One of my orders, live',
      description: `${ABOUT} Events \`order\`; their id is the version of the order.`,
      params: OrderPath,
      querystring: NoQuery,
      response: { 200: STREAM },
    },
    config: { problems: [...PROBLEMS, 'unauthenticated'] },
    handler: (request, reply) => {
      const { userId, expiresAt } = request.identity
      const wish = { userId, orderId: request.params.orderId }
      return attend(request, reply, {
        ...{ event: 'order', holder: `user ${userId}`, endsAt: expiresAt },
        follow: (tell) => followOrders.follow(wish, tell),
      })
    },
  })

  app.get<SalePath>('/api/sales/:saleId/events', {
    schema: {
      tags: ['sales'],
      summary: 'One sale, live',
      description: `${ABOUT} Events \`sale\`.`,
      params: SalePath,
      querystring: NoQuery,
      response: { 200: STREAM },
    },
    config: { problems: PROBLEMS },
    handler: (request, reply) =>
      attend(request, reply, {
        ...{ event: 'sale', holder: `address ${request.ip}` },
        follow: (tell) => followSales.follow(request.params.saleId, tell),
      }),
  })
}
