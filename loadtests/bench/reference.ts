import { NewOrder, PlacedOrder } from '@stampede/contracts/orders'
import Fastify from 'fastify'

// What every figure is measured against: the bare framework with the body and answer of a purchase, and
// nothing else. No token, no key, no store; its order is made of constants.

const ORDER: PlacedOrder = {
  orderId: '019aa5f0-0000-7000-8000-000000000000',
  state: 'pending',
  totalCents: 1999,
  currency: 'EUR',
  expiresAt: '2026-01-01T00:15:00.000Z',
  traceId: '00000000000000000000000000000000',
}

const app = Fastify({ logger: false })
app.post(
  '/api/sales/:saleId/orders',
  { schema: { body: NewOrder, response: { 201: PlacedOrder } } },
  (_request, reply) => reply.code(201).send(ORDER),
)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ url })
// Ends with whoever started it.
process.on('disconnect', () => process.exit(0))
