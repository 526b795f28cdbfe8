import { Id, strict } from '@stampede/contracts/fields'
import type { ProblemCode } from '@stampede/contracts/problems'
import { OrderStory } from '@stampede/contracts/story'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Tokens } from '../domain/ports.ts'
import { type StoryPorts, tellStory } from '../tell-story.ts'
import { identify } from './identify.ts'
import { NoQuery } from './no-body.ts'

const OrderPath = Type.Object({ orderId: Id }, strict)
const PROBLEMS: ProblemCode[] = ['invalid_request', 'unauthenticated', 'not_found', 'unavailable']

const ORDER_ID = '01938c2e-9d40-7a31-8f52-6c1de05b7c44'
const AT = '2026-11-27T18:00:0'
const EXAMPLE: OrderStory = {
  orderId: ORDER_ID,
  state: 'paid',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  steps: [
    { what: 'inventory ledger', at: `${AT}0.004Z`, service: 'inventory', words: 'reserved' },
    {
      ...{ what: 'order rows', at: `${AT}0.009Z`, service: 'order' },
      words: 'order written 5 ms after it was reserved',
    },
    {
      ...{ what: 'send order.placed', at: `${AT}0.009Z`, until: `${AT}0.061Z`, service: 'order' },
      words: 'order.placed told to Kafka 52 ms later',
    },
    {
      ...{ what: 'buyer pays', at: `${AT}8.210Z`, service: 'order' },
      words: 'payment asked for 8.2 s after the order was written',
    },
  ],
  pauses: [{ at: `${AT}0.061Z`, until: `${AT}8.210Z`, words: '8.1 s pass in which nothing happens' }],
  missing: ['functions'],
  trace: 'not-kept',
}

const ABOUT = `Told from the books of the services; spans are added where the order's trace was kept. A
service that does not answer is named in \`missing\`, and what it knows is left out. The page \`/story\`
shows it.`

/** The path of one order through all services, in words and times, for its owner and for operators. */
export function storyRoutes(
  app: FastifyInstance,
  { tokens, ...ports }: StoryPorts & { tokens: Tokens },
): void {
  app.get<{ Params: Static<typeof OrderPath> }>('/api/orders/:orderId/story', {
    onRequest: identify(tokens),
    schema: {
      ...{ tags: ['orders'], security: [{ token: [] }], params: OrderPath, querystring: NoQuery },
      summary: 'The path of an order through all services',
      description: ABOUT,
      response: { 200: { ...OrderStory, examples: [EXAMPLE] } },
    },
    config: { problems: PROBLEMS },
    handler: async ({ params: { orderId }, identity, id: traceId }, reply) =>
      (await tellStory(ports, { orderId, traceId }, identity)) ?? reply.problem('not_found'),
  })
}
