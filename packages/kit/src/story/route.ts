import { Id, strict } from '@stampede/contracts/fields'
import { ServiceStory } from '@stampede/contracts/story'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { openBatcher } from '../batcher.ts'

const OrderPath = Type.Object({ orderId: Id }, strict)
const Owner = Type.Object({ userId: Type.Optional(Id) }, strict)

/** What the service knows of an order of this user, or of anybody's when none is named. */
export type ReadStory = (orderId: string, userId?: string) => Promise<Said>
type Said = ServiceStory | undefined | 'unavailable'
interface Wish {
  readonly orderId: string
  readonly userId?: string
}

/** A story takes several queries, on connections that purchases need: two at a time, some wait. */
const TURNS = { itemsMax: 1, waitMs: 0, queueMax: 50, inFlightMax: 2 } as const
/** Then who asked has left. */
const TURN_WAITS_MS = 2_000

/**
 * `GET /internal/orders/:orderId/story?userId=`: an order as the books of this service tell it. 404 for one
 * that is unknown here or another's, 503 `overloaded` when too many are asked for at once. `read` should ask
 * for one thing after the other.
 */
export function routeStory(app: FastifyInstance, read: ReadStory): void {
  const turns = openBatcher<Wish, Said>({
    name: 'stories',
    ...TURNS,
    run: (wishes) => Promise.all(wishes.map(({ orderId, userId }) => read(orderId, userId))),
  })
  app.addHook('onClose', () => turns.close())
  app.get<{ Params: Static<typeof OrderPath>; Querystring: Static<typeof Owner> }>(
    '/internal/orders/:orderId/story',
    { schema: { params: OrderPath, querystring: Owner, response: { 200: ServiceStory } } },
    async ({ params, query: { userId } }, reply) => {
      const wish = { ...params, ...(userId !== undefined && { userId }) }
      const outcome = await turns.add(wish, performance.now() + TURN_WAITS_MS)
      if ('refused' in outcome) {
        if (outcome.refused === 'failed') throw outcome.error
        return reply.problem('overloaded', { retryAfter: 1 })
      }
      const story = outcome.done
      if (story === 'unavailable') return reply.problem('unavailable', { retryAfter: 1 })
      if (!story || isForeign(story, userId)) return reply.problem('not_found')
      return story
    },
  )
}

function isForeign({ userId: owner }: ServiceStory, userId: string | undefined): boolean {
  return userId !== undefined && owner !== undefined && owner !== userId
}
