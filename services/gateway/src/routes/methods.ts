import type { FastifyInstance, HTTPMethods } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route is there only to say that its method is not. */
    refusesMethod?: boolean
  }
}

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Answers 405 where a path exists and only the method does not. Call it before the routes are made; what it
 * returns, after the last one.
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = known.get(url) ?? new Set()
    for (const each of [method].flat()) methods.add(each)
    known.set(url, methods)
  })
  return () => {
    for (const [url, methods] of [...known].filter(([path]) => path.startsWith('/api/'))) {
      const allow = [...methods].join(', ')
      app.route({
        url,
        method: METHODS.filter((method) => !methods.has(method)),
        schema: { hide: true },
        config: { refusesMethod: true },
        onRequest: (_request, reply, _done) =>
          void reply.header('allow', allow).problem('method_not_allowed'),
        handler: (_request, reply) => reply.send(),
      })
    }
  }
}
