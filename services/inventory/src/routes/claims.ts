import {
  ClaimBatch,
  type Revival,
  RevivalBatch,
  type Shelf,
  type Winners,
  Wish,
} from '@stampede/contracts/claims'
import { Id, strict } from '@stampede/contracts/fields'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'

interface Deps {
  readonly claim: (claims: ClaimBatch['claims'], deadline: number) => Promise<readonly unknown[]>
  /** Whether each may be held again; null: there is no telling now. */
  readonly revive: (claims: readonly Revival[], deadline: number) => Promise<readonly (boolean | null)[]>
  /** A claim of this user that was queued; rejects when there is no telling. */
  readonly wish: (claimId: string, userId: string) => Promise<Wish | undefined>
  readonly winners: (saleId: string) => Promise<Winners | undefined>
  readonly look: (saleId: string) => Promise<Shelf | undefined>
}

const SaleId = Type.Object({ saleId: Id }, strict)
const ClaimId = Type.Object({ claimId: Id }, strict)
const User = Type.Object({ userId: Id }, strict)
const SaleIds = Type.Object({ saleIds: Type.Array(Id, { minItems: 1, maxItems: 200 }) }, strict)

/** The claims of other services, and what the gateway's sold-out flag is made of. */
export function claimRoutes(app: FastifyInstance, { claim, revive, wish, winners, look }: Deps): void {
  app.post<{ Body: ClaimBatch }>('/internal/claims', { schema: { body: ClaimBatch } }, async (request) => {
    const { budgetMs, claims } = request.body
    return { results: await claim(claims, performance.now() + budgetMs) }
  })

  app.post<{ Body: RevivalBatch }>(
    '/internal/claims/revive',
    { schema: { body: RevivalBatch } },
    async (request) => {
      const { budgetMs, claims } = request.body
      return { held: await revive(claims, performance.now() + budgetMs) }
    },
  )

  app.get<{ Params: Static<typeof ClaimId>; Querystring: Static<typeof User> }>(
    '/internal/claims/:claimId',
    { schema: { params: ClaimId, querystring: User, response: { 200: Wish } } },
    async (request, reply) => {
      const found = await wish(request.params.claimId, request.query.userId).catch(() => 'away' as const)
      if (found === 'away') return reply.problem('unavailable', { retryAfter: 1 })
      return found ?? reply.problem('not_found')
    },
  )

  app.get<{ Params: Static<typeof SaleId> }>(
    '/internal/sales/:saleId/winners',
    { schema: { params: SaleId } },
    async (request, reply) => {
      const found = await winners(request.params.saleId).catch(() => undefined)
      return found ?? reply.problem('gate_closed', { retryAfter: 1 })
    },
  )

  app.post<{ Body: Static<typeof SaleIds> }>(
    '/internal/shelves',
    { schema: { body: SaleIds } },
    async (request, reply) => {
      const looks = await Promise.all(request.body.saleIds.map((saleId) => look(saleId))).catch(
        () => undefined,
      )
      if (!looks) return reply.problem('gate_closed', { retryAfter: 1 })
      const found = looks.filter((look) => look !== undefined)
      return { shelves: found.map(({ saleId, epoch, seq, left }) => ({ saleId, epoch, seq, left })) }
    },
  )
}
