import type { FastifyInstance } from 'fastify'

const FRESH_SECONDS = 300

/**
 * The public keys (JWKS): for our gateway, and for whoever wants to check a token without asking us. `now` in
 * epoch milliseconds.
 */
export function keyRoutes(app: FastifyInstance, keySet: object, now: () => number): void {
  app.get('/.well-known/jwks.json', (_request, reply) =>
    reply.header('cache-control', `public, max-age=${FRESH_SECONDS}`).send(keySet),
  )
  // With the time by which tokens are dated: the gateway's own clock may be wrong.
  app.get('/internal/jwks', () => ({ ...keySet, now: now() }))
}
