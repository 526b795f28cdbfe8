import {
  DeadLetterPage,
  type DeadLetters,
  LETTER_ID,
  LETTER_SERVICES,
  type LetterService,
  Replayed,
} from '@stampede/contracts/dead-letters'
import { strict } from '@stampede/contracts/fields'
import type { ProblemCode } from '@stampede/contracts/problems'
import type { Peer } from '@stampede/kit/peer'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { type Cursor, mergeLetters, readCursor, type Shelf } from '../domain/letters.ts'
import type { Tokens } from '../domain/ports.ts'
import { identify, operatorsOnly } from './identify.ts'
import { answerWith } from './pass-on.ts'

const LIMIT = 20
const LIST_MS = 2_000
/** A replay may have to wait for a function. */
const REPLAY_MS = 8_000
const ONE = `(${LETTER_SERVICES.join('|')})\\.${LETTER_ID}`

const PageQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^([1-9]|[1-9][0-9]|100)$', description: '1 to 100; default 20' }),
    ),
    before: Type.Optional(
      Type.String({
        pattern: `^${ONE}(,${ONE}){0,${LETTER_SERVICES.length - 1}}$`,
        description: 'of the page before',
      }),
    ),
  },
  strict,
)
const LetterPath = Type.Object(
  { id: Type.String({ pattern: `^${ONE}$`, examples: ['functions.1'] }) },
  strict,
)

type PageQuery = { Querystring: Static<typeof PageQuery> }
type LetterPath = { Params: Static<typeof LetterPath> }

const GUARDED: ProblemCode[] = ['invalid_request', 'unauthenticated', 'forbidden', 'unavailable']
const OF_REPLAY: ProblemCode[] = ['not_found', 'not_replayable', 'overloaded', 'deadline_exceeded']

type Means = { readonly tokens: Tokens } & Readonly<Record<LetterService, Peer>>

/** What the services could not work on, for operators to see and to have tried again. */
export function deadLetterRoutes(app: FastifyInstance, { tokens, ...peers }: Means): void {
  const guarded = { onRequest: [identify(tokens), operatorsOnly] }
  const docs = { tags: ['operator'], security: [{ token: [] }] }

  app.get<PageQuery>('/api/operator/dead-letters', {
    ...guarded,
    schema: {
      ...docs,
      summary: 'What could not be worked on, newest first',
      querystring: PageQuery,
      response: { 200: DeadLetterPage },
    },
    config: { problems: GUARDED },
    handler: async ({ query, id: traceId }): Promise<DeadLetterPage> => {
      const [limit, before] = [Number(query.limit ?? LIMIT), readCursor(query.before)]
      const asked = LETTER_SERVICES.map((service) =>
        list(peers[service], { service, limit, before, traceId }),
      )
      const heard = await Promise.all(asked)
      const shelves = heard.filter((each) => typeof each === 'object')
      const away = heard.filter((each) => typeof each === 'string')
      return { ...mergeLetters(shelves, limit, before), away }
    },
  })

  app.post<LetterPath>('/api/operator/dead-letters/:id/replay', {
    ...guarded,
    schema: { ...docs, summary: 'Try it again', params: LetterPath, response: { 202: Replayed } },
    config: { problems: [...GUARDED, ...OF_REPLAY] },
    handler: async ({ params: { id }, id: traceId }, reply) => {
      const [service, letterId] = id.split('.') as [LetterService, string]
      const path = `/internal/dead-letters/${letterId}/replay`
      const answer = await peers[service].ask({ method: 'POST', path, budgetMs: REPLAY_MS, traceId })
      if (answer.ok && answer.status === 202) return reply.code(202).send({ id })
      return answerWith(reply, answer)
    },
  })
}

interface Listing {
  readonly service: LetterService
  readonly limit: number
  readonly before: Cursor
  readonly traceId: string
}

/** What a service has, or its name if it does not say: the others' letters are worth seeing all the same. */
async function list(peer: Peer, listing: Listing): Promise<Shelf | LetterService> {
  const { service, limit, before, traceId } = listing
  const query = new URLSearchParams({ limit: String(limit) })
  const last = before.get(service)
  if (last !== undefined) query.set('before', last)
  const path = `/internal/dead-letters?${query}`
  const answer = await peer.ask<DeadLetters>({ method: 'GET', path, budgetMs: LIST_MS, traceId })
  return answer.ok && answer.status === 200 ? { service, letters: answer.body.letters } : service
}
