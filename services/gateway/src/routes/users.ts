import { Id } from '@stampede/contracts/fields'
import type { ProblemCode } from '@stampede/contracts/problems'
import {
  Buyers,
  Credentials,
  NewBuyers,
  NewUser,
  RefreshRequest,
  Session,
  User,
} from '@stampede/contracts/users'
import type { Peer } from '@stampede/kit/peer'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Tokens } from '../domain/ports.ts'
import { identify, operatorsOnly } from './identify.ts'
import { passOn } from './pass-on.ts'
import type { Quotas } from './quotas.ts'

/** Ten thousand accounts and tokens take their time. */
const BUYERS_MS = 30_000

interface Means {
  readonly tokens: Tokens
  readonly quotas: Quotas
  readonly user: Peer
}

const Registered = Type.Object({ userId: Id })
const UNHEARD: ProblemCode[] = ['invalid_request', 'overloaded', 'unavailable', 'deadline_exceeded']
const WITH_BODY: ProblemCode[] = [...UNHEARD, 'body_too_large', 'unsupported_media_type']

export function userRoutes(app: FastifyInstance, { tokens, quotas, user }: Means): void {
  const docs = { tags: ['users'] }

  app.post<{ Body: NewUser }>('/api/users', {
    schema: {
      ...docs,
      summary: 'Register',
      body: { ...NewUser, examples: [{ email: 'ada@example.com', password: 'correct horse', name: 'Ada' }] },
      response: { 201: Registered },
    },
    config: { problems: [...WITH_BODY, 'email_taken'] },
    handler: ({ body }, reply) => passOn(user, { method: 'POST', path: '/internal/users', body }, reply),
  })

  app.post<{ Body: Credentials }>('/api/sessions', {
    preHandler: quotas.logins,
    schema: {
      ...docs,
      summary: 'Log in',
      body: { ...Credentials, examples: [{ email: 'ada@example.com', password: 'correct horse' }] },
      response: { 201: Session },
    },
    config: { problems: [...WITH_BODY, 'bad_credentials', 'quota_exceeded'] },
    handler: ({ body }, reply) => passOn(user, { method: 'POST', path: '/internal/sessions', body }, reply),
  })

  app.post<{ Body: RefreshRequest }>('/api/sessions/refresh', {
    schema: {
      ...docs,
      summary: 'Exchange a refresh token, once',
      body: RefreshRequest,
      response: { 201: Session },
    },
    config: { problems: [...WITH_BODY, 'unauthenticated', 'token_reused'] },
    handler: ({ body }, reply) =>
      passOn(user, { method: 'POST', path: '/internal/sessions/refresh', body }, reply),
  })

  app.get('/api/me', {
    onRequest: identify(tokens),
    schema: { ...docs, summary: 'Who I am', security: [{ token: [] }], response: { 200: User } },
    config: { problems: ['unauthenticated', 'not_found', 'overloaded', 'unavailable', 'deadline_exceeded'] },
    handler: ({ identity }, reply) =>
      passOn(user, { method: 'GET', path: `/internal/users/${identity.userId}` }, reply),
  })

  app.post<{ Body: NewBuyers }>('/api/operator/buyers', {
    onRequest: [identify(tokens), operatorsOnly],
    schema: {
      tags: ['operator'],
      summary: 'Accounts for a load test',
      security: [{ token: [] }],
      body: { ...NewBuyers, examples: [{ count: 100 }] },
      response: { 201: Buyers },
    },
    config: { problems: [...WITH_BODY, 'unauthenticated', 'forbidden', 'not_found'] },
    handler: ({ body }, reply) =>
      passOn(user, { method: 'POST', path: '/internal/buyers', body, budgetMs: BUYERS_MS }, reply),
  })
}
