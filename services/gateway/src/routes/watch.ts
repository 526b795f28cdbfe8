import type { ProblemCode } from '@stampede/contracts/problems'
import {
  WATCHED_SERVICES,
  type Watched,
  WatchedProcesses,
  type WatchedService,
} from '@stampede/contracts/watch'
import type { Answer, Peer } from '@stampede/kit/peer'
import type { FastifyInstance } from 'fastify'
import type { Tokens } from '../domain/ports.ts'
import { gatherWatched, type Said } from '../domain/watched.ts'
import { identify, operatorsOnly } from './identify.ts'

const ASK_MS = 2_000
const PROBLEMS: ProblemCode[] = ['invalid_request', 'unauthenticated', 'forbidden', 'unavailable']

type Means = { readonly tokens: Tokens } & Readonly<Record<WatchedService, Peer>>

/** What every process of the services measures of its books, and what is wrong with them, for operators. */
export function watchRoutes(app: FastifyInstance, { tokens, ...peers }: Means): void {
  /** By service and process. */
  const awaySince = new Map<string, string>()

  async function ask(service: WatchedService, traceId: string): Promise<Said[]> {
    const question = { method: 'GET', path: '/internal/watch', budgetMs: ASK_MS, traceId } as const
    const answers = await peers[service].askEach<Watched>(question)
    return answers.map((answer, i) => hear(`${service} ${i}`, answer))
  }

  function hear(process: string, answer: Answer<Watched>): Said {
    if (answer.ok && answer.status === 200) {
      awaySince.delete(process)
      return answer.body
    }
    const since = awaySince.get(process) ?? new Date().toISOString()
    awaySince.set(process, since)
    return { since }
  }

  app.get('/api/operator/watch', {
    onRequest: [identify(tokens), operatorsOnly],
    schema: {
      ...{ tags: ['operator'], security: [{ token: [] }] },
      summary: 'What each process of all services measures of its books, and what is wrong with them',
      response: { 200: WatchedProcesses },
    },
    config: { problems: PROBLEMS },
    handler: async ({ id: traceId }): Promise<WatchedProcesses> => {
      const heard = WATCHED_SERVICES.map(async (service) => [service, await ask(service, traceId)] as const)
      return gatherWatched(await Promise.all(heard))
    },
  })
}
