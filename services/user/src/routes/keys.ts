import type { FastifyInstance } from 'fastify'

const FRESH_SECONDS = 300

/** The public keys (JWKS): for our gateway, and for whoever wants to check a token without asking us. */
export function keyRoutes(app: FastifyInstance, keySet: object): void {
  for (const path of ['/internal/jwks', '/.well-known/jwks.json']) {
    app.get(path, (_request, reply) =>
      reply.header('cache-control', `public, max-age=${FRESH_SECONDS}`).send(keySet),
    )
  }
}
