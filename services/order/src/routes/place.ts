import { ClaimBatch } from '@stampede/contracts/claims'
import type { FastifyInstance } from 'fastify'
import type { Placing } from '../place-orders.ts'

/**
 * `POST /internal/orders`, a batch of claims: 200 `{results: Placement[]}`, one per claim, in order. What a claim got
 * is in its result; the status speaks of the batch alone.
 */
export function routePlacing(app: FastifyInstance, placing: Placing): void {
  app.post<{ Body: ClaimBatch }>(
    '/internal/orders',
    { schema: { body: ClaimBatch } },
    async (request, reply) => {
      const { claims, budgetMs } = request.body
      const results = await placing.place(claims, budgetMs)
      // Our own types in, so plain JSON out: a serialiser that picks one of two shapes per item costs far more.
      return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify({ results }))
    },
  )
}
