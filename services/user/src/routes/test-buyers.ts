import { Buyers, NewBuyers } from '@stampede/contracts/users'
import type { FastifyInstance } from 'fastify'
import { makeTestBuyers, type TestBuyerPorts } from '../domain/make-test-buyers.ts'

/** Accounts for load tests. Where test buyers are not allowed, this route does not exist. */
export function testBuyerRoutes(app: FastifyInstance, ports: TestBuyerPorts): void {
  const creation = { body: NewBuyers, response: { 201: Buyers } }
  app.post<{ Body: NewBuyers }>('/internal/buyers', { schema: creation }, async (request, reply) => {
    const buyers = await makeTestBuyers(ports, request.body.count)
    return reply.code(201).send({ buyers })
  })
}
