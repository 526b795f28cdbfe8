import { Id, strict } from '@stampede/contracts/fields'
import type { ProblemCode } from '@stampede/contracts/problems'
import { Audit, NewSale, Sale, SaleChange, SaleState } from '@stampede/contracts/sales'
import type { Answer, Ask, Peer } from '@stampede/kit/peer'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Tokens } from '../domain/ports.ts'
import { identify, operatorsOnly } from './identify.ts'
import { NoQuery, noBody } from './no-body.ts'
import { answerWith, passOn } from './pass-on.ts'

interface Means {
  readonly tokens: Tokens
  readonly inventory: Peer
  readonly reader: {
    one(saleId: string, traceId: string): Promise<Answer<unknown>>
    list(state: SaleState | undefined, traceId: string): Promise<Answer<unknown>>
    forget(): void
  }
}

const SalePath = Type.Object({ saleId: Id }, strict)
const SaleQuery = Type.Object({ state: Type.Optional(SaleState) }, strict)
const SaleList = Type.Object({ sales: Type.Array(Sale) })

type SalePath = { Params: Static<typeof SalePath> }
type SaleQuery = { Querystring: Static<typeof SaleQuery> }

const UNHEARD: ProblemCode[] = ['invalid_request', 'overloaded', 'unavailable', 'deadline_exceeded']
const GUARDED: ProblemCode[] = [...UNHEARD, 'unauthenticated', 'forbidden']

const EXAMPLE: NewSale = {
  title: 'Headphones, black',
  sku: 'HP-1-BLACK',
  units: 1_000,
  priceCents: 9_900,
  currency: 'EUR',
  startsAt: '2026-11-27T18:00:00.000Z',
  endsAt: '2026-11-27T20:00:00.000Z',
  limitPerUser: 1,
}

/** Sales as everyone may read them. */
export function saleReadRoutes(app: FastifyInstance, { reader }: Pick<Means, 'reader'>): void {
  app.get<SaleQuery>('/api/sales', {
    schema: { tags: ['sales'], summary: 'Sales', querystring: SaleQuery, response: { 200: SaleList } },
    config: { problems: UNHEARD },
    handler: async ({ query, id }, reply) => answerWith(reply, await reader.list(query.state, id)),
  })

  app.get<SalePath>('/api/sales/:saleId', {
    schema: { tags: ['sales'], summary: 'One sale', params: SalePath, response: { 200: Sale } },
    config: { problems: [...UNHEARD, 'not_found'] },
    handler: async ({ params, id }, reply) => answerWith(reply, await reader.one(params.saleId, id)),
  })
}

/** What only operators may do with sales. */
export function saleRoutes(app: FastifyInstance, { tokens, inventory, reader }: Means): void {
  const guarded = { onRequest: [identify(tokens), operatorsOnly] }
  const docs = { tags: ['operator'], security: [{ token: [] }] }

  /** Tells the inventory, and lets readers here see the change at once. */
  async function tell(what: Omit<Ask, 'budgetMs'>, reply: FastifyReply): Promise<FastifyReply> {
    const answered = await passOn(inventory, what, reply)
    reader.forget()
    return answered
  }

  app.post<{ Body: NewSale }>('/api/sales', {
    ...guarded,
    schema: {
      ...docs,
      summary: 'Put a sale up',
      body: { ...NewSale, examples: [EXAMPLE] },
      response: { 201: Sale },
    },
    config: { problems: [...GUARDED, 'body_too_large', 'unsupported_media_type'] },
    handler: ({ body }, reply) => tell({ method: 'POST', path: '/internal/sales', body }, reply),
  })

  app.patch<SalePath & { Body: SaleChange }>('/api/sales/:saleId', {
    ...guarded,
    schema: {
      ...docs,
      summary: 'Add units or move the end',
      params: SalePath,
      body: { ...SaleChange, examples: [{ addUnits: 100 }] },
      response: { 200: Sale },
    },
    config: {
      problems: [...GUARDED, 'not_found', 'not_changeable', 'body_too_large', 'unsupported_media_type'],
    },
    handler: ({ params, body }, reply) =>
      tell({ method: 'PATCH', path: `/internal/sales/${params.saleId}`, body }, reply),
  })

  for (const verb of ['pause', 'resume', 'close'] as const) {
    app.post<SalePath>(`/api/sales/:saleId/${verb}`, {
      ...guarded,
      preValidation: noBody,
      schema: {
        ...docs,
        summary: `${verb} a sale`,
        params: SalePath,
        querystring: NoQuery,
        response: { 200: Sale },
      },
      config: { problems: [...GUARDED, 'not_found', 'not_changeable'] },
      handler: ({ params }, reply) =>
        tell({ method: 'POST', path: `/internal/sales/${params.saleId}/${verb}` }, reply),
    })
  }

  app.get<SalePath>('/api/sales/:saleId/audit', {
    ...guarded,
    schema: { ...docs, summary: 'The books of a sale', params: SalePath, response: { 200: Audit } },
    config: { problems: [...GUARDED, 'not_found'] },
    handler: ({ params }, reply) =>
      passOn(inventory, { method: 'GET', path: `/internal/sales/${params.saleId}/audit` }, reply),
  })
}
