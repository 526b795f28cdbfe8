import type { Claim } from '@stampede/contracts/claims'
import { Id, strict } from '@stampede/contracts/fields'
import { deriveOrderId, printKey } from '@stampede/contracts/ids'
import { NewOrder, PlacedOrder, QueuedOrder } from '@stampede/contracts/orders'
import { REFUSED } from '@stampede/contracts/outcomes'
import { counter } from '@stampede/kit/metrics/instruments'
import { LEFT } from '@stampede/kit/server'
import type { FastifyInstance, FastifyReply, onRequestHookHandler } from 'fastify'
import Type from 'typebox'
import type { Claims, SoldOut, Tokens } from '../domain/ports.ts'
import { ROUTE } from '../domain/purchase-path.ts'
import { identify } from './identify.ts'
import { needKey } from './need-key.ts'
import type { Quotas } from './quotas.ts'

interface Means {
  readonly tokens: Tokens
  readonly quotas: Quotas
  readonly claims: Claims
  readonly soldOut: SoldOut
}

type Purchase = { Params: { saleId: string }; Body: NewOrder }

/** The route the rush is for. What is sold out was turned away before it got here. */
export function purchaseRoutes(app: FastifyInstance, { tokens, quotas, claims, soldOut }: Means): void {
  app.post<Purchase>(ROUTE, {
    onRequest: [countAttempt, identify(tokens), quotas.attempts, needKey],
    schema: {
      summary: 'Buy',
      tags: ['orders'],
      security: [{ token: [] }],
      params: Type.Object({ saleId: Id }, strict),
      body: { ...NewOrder, examples: [{ quantity: 1 }] },
      response: { 201: PlacedOrder, 202: QueuedOrder },
    },
    config: { keyed: true, problems: PROBLEMS_OF_PURCHASE },
    async handler(request, reply) {
      const claim = claimOf(request.identity.userId, request.headers['idempotency-key'] as string, request)
      const placing = await claims.place(claim)
      soldOut.hear(claim, placing)
      if ('placed' in placing) return reply.code(201).send(placing.placed)
      if ('queued' in placing) return reply.code(202).send(placing.queued)
      const { code, ...when } = REFUSED[placing.refused]
      return reply.problem(code, when)
    },
  })
}

const PROBLEMS_OF_PURCHASE = [
  'invalid_request',
  'idempotency_key_missing',
  'unauthenticated',
  'not_found',
  'sold_out',
  'limit_reached',
  'not_open',
  'body_too_large',
  'unsupported_media_type',
  'idempotency_key_reused',
  'quota_exceeded',
  'overloaded',
  'gate_closed',
  'unavailable',
  'deadline_exceeded',
] as const

const attempts = counter('stampede.purchase.attempts')

const countAttempt: onRequestHookHandler = (_request, reply, done) => {
  reply.raw.once('close', () => attempts.at(outcomeOf(reply)).add())
  done()
}

function outcomeOf({ told, statusCode }: FastifyReply): string {
  if (statusCode === LEFT) return 'abandoned'
  return told ?? (statusCode === 202 ? 'queued' : 'won')
}

interface Wish {
  readonly id: string
  readonly params: Purchase['Params']
  readonly body: NewOrder
}

function claimOf(
  userId: string,
  key: string,
  { id: traceId, params: { saleId }, body: { quantity } }: Wish,
): Claim {
  return {
    claimId: deriveOrderId(userId, saleId, key),
    saleId,
    userId,
    quantity,
    keyPrint: printKey(key),
    traceId,
  }
}
