import type { ProblemCode } from '@stampede/contracts/problems'
import { WATCHED_SERVICES, Watched, type WatchedService } from '@stampede/contracts/watch'
import type { Peer } from '@stampede/kit/peer'
import type { FastifyInstance } from 'fastify'
import type { Tokens } from '../domain/ports.ts'
import { gatherWatched } from '../domain/watched.ts'
import { identify, operatorsOnly } from './identify.ts'

const ASK_MS = 2_000
const PROBLEMS: ProblemCode[] = ['invalid_request', 'unauthenticated', 'forbidden', 'unavailable']

type Means = { readonly tokens: Tokens } & Readonly<Record<WatchedService, Peer>>

/** What the services measure of their books, and what is wrong with them, for operators. */
export function watchRoutes(app: FastifyInstance, { tokens, ...peers }: Means): void {
  const awaySince = new Map<WatchedService, string>()

  async function ask(service: WatchedService, traceId: string): Promise<Watched | { since: string }> {
    const question = { method: 'GET', path: '/internal/watch', budgetMs: ASK_MS, traceId } as const
    const answer = await peers[service].ask<Watched>(question)
    if (answer.ok && answer.status === 200) {
      awaySince.delete(service)
      return answer.body
    }
    const since = awaySince.get(service) ?? new Date().toISOString()
    awaySince.set(service, since)
    return { since }
  }

  app.get('/api/operator/watch', {
    onRequest: [identify(tokens), operatorsOnly],
    schema: {
      ...{ tags: ['operator'], security: [{ token: [] }] },
      summary: 'What is measured of the books of all services, and what is wrong with them',
      response: { 200: Watched },
    },
    config: { problems: PROBLEMS },
    handler: async ({ id: traceId }): Promise<Watched> => {
      const heard = WATCHED_SERVICES.map(async (service) => [service, await ask(service, traceId)] as const)
      return gatherWatched(await Promise.all(heard))
    },
  })
}
