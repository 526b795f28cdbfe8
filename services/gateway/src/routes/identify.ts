import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { Identity } from '../domain/identity.ts'
import type { Tokens } from '../domain/ports.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. Only on routes behind `identify`. */
    identity: Identity
  }
}

/** Lets only those in who show a valid access token. It runs before the body is read. */
export function identify(tokens: Tokens): onRequestHookHandler {
  return (request, reply, done) => {
    const { authorization = '' } = request.headers
    const known = tokens.known(authorization)
    if (!known) return void learn(tokens, request, reply).then((learned) => learned && done(), done)
    request.identity = known
    done()
  }
}

/** Lets only operators in; it stands behind `identify`. */
export const operatorsOnly: onRequestHookHandler = (request, reply, done) => {
  if (request.identity.role === 'operator') done()
  else reply.problem('forbidden')
}

async function learn(tokens: Tokens, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  const { authorization } = request.headers
  const learned = authorization ? await tokens.verify(authorization) : 'refused'
  if (learned === 'unavailable') reply.problem('unavailable', { retryAfter: 1 })
  else if (learned === 'refused') reply.header('www-authenticate', 'Bearer').problem('unauthenticated')
  else request.identity = learned
  return typeof learned === 'object'
}
