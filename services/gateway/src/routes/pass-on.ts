import type { Problem } from '@stampede/contracts/problems'
import type { Answer, Ask, Peer } from '@stampede/kit/peer'
import type { FastifyReply } from 'fastify'

/** How long a client waits at most for what another service says. */
const BUDGET_MS = 5_000

/** Asks a service on behalf of a request and answers with what it says. */
export async function passOn(
  peer: Peer,
  what: Omit<Ask, 'budgetMs'> & { budgetMs?: number },
  reply: FastifyReply,
) {
  return answerWith(reply, await peer.ask({ budgetMs: BUDGET_MS, ...what, traceId: reply.request.id }))
}

/**
 * Answers with what a service said: its body when it did as asked, its problem when the client may know it.
 */
export function answerWith(reply: FastifyReply, answer: Answer<unknown>): FastifyReply {
  if (!answer.ok) {
    if (answer.why === 'deadline') return reply.problem('deadline_exceeded')
    return reply.problem(answer.overloaded ? 'overloaded' : 'unavailable', { retryAfter: 1 })
  }
  if (answer.status < 400) return reply.code(answer.status).send(answer.body)
  const { code, detail, errors } = answer.body as Problem
  return reply.problem(code, { ...(detail && { detail }), ...(errors && { errors }) })
}
